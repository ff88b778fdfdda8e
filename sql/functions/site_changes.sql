-- Forgets changes that have been over for a minute or more (schema/077_site_changes.sql). Called every few seconds; does something once
-- a minute, whoever comes first. site_changes_past has one row; site_changes_pkey.
CREATE FUNCTION forget_site_changes() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    over xid8;
BEGIN
    UPDATE site_changes_past SET until = next, next = pg_snapshot_xmin(pg_current_snapshot()), at = now()
    WHERE at < now() - interval '1 minute' RETURNING until INTO over;
    IF FOUND THEN
        DELETE FROM site_changes WHERE xid < over;
    END IF;
END
$$;
