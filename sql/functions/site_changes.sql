-- Forgets changes that have been over for a minute or more (schema/077_site_changes.sql), and those that another cluster has numbered, in a
-- database that was restored here. Called every few seconds; does something once a minute, whoever comes first. site_changes_past has one
-- row; site_changes_pkey.
CREATE FUNCTION forget_site_changes() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    over xid8;
BEGIN
    UPDATE site_changes_past
    SET until = CASE WHEN next <= pg_snapshot_xmin(pg_current_snapshot()) THEN next ELSE '0' END,
        next = pg_snapshot_xmin(pg_current_snapshot()), at = now()
    WHERE at < now() - interval '1 minute' RETURNING until INTO over;
    IF FOUND THEN
        DELETE FROM site_changes WHERE xid < over;
        DELETE FROM site_changes WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()) AND xid <> pg_current_xact_id();
    END IF;
END
$$;
