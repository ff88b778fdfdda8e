-- What a token may spend: so many runs, and so many minutes that its runs take together. A run that is under way holds its whole time
-- limit and gives back what it did not use, so the minutes are kept whatever runs do, but for the grace of a run that is ended.

-- Seconds that the token's active runs may still take. runs_of_token.
CREATE FUNCTION held_seconds(p_token bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(time_limit_s), 0) FROM runs WHERE token_id = p_token AND status IN ('pending', 'running')
$$;

-- Whether runs are charged to it. Those of other tokens are not: the end of each would wait for that of the one before.
CREATE FUNCTION has_budget(p_token bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM api_tokens WHERE id = p_token AND num_nonnulls(run_budget, minute_budget) > 0)
$$;

-- Charges a token with one more run; the time limit that the run is to have. p_limit null: what is left, at most the experiment's own.
CREATE FUNCTION spend_budget(p_token bigint, p_instance bigint, p_limit int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    t     api_tokens;
    held  bigint;
    spare bigint;
    own   bigint;
BEGIN
    SELECT * INTO t FROM api_tokens WHERE id = p_token FOR NO KEY UPDATE;
    IF t.run_budget <= t.runs_started THEN
        RAISE EXCEPTION 'the budget of this token is used up: it may start % run(s), and has started %', t.run_budget, t.runs_started
            USING ERRCODE = 'AT403', COLUMN = 'budget.runs';
    END IF;
    UPDATE api_tokens SET runs_started = runs_started + 1 WHERE id = p_token;
    IF t.minute_budget IS NULL THEN
        RETURN p_limit;
    END IF;
    held := held_seconds(p_token);
    spare := t.minute_budget * 60 - ceil(t.ms_used / 1000.0) - held;
    IF spare < 1 AND held = 0 THEN
        RAISE EXCEPTION 'the budget of this token is used up: its runs may take % minute(s), and have taken them', t.minute_budget
            USING ERRCODE = 'AT403', COLUMN = 'budget.minutes';
    ELSIF spare < coalesce(p_limit, 1) THEN
        RAISE EXCEPTION 'the budget of this token has % s left that its active runs do not hold (% s)', greatest(spare, 0), held
            USING ERRCODE = 'AT403', COLUMN = 'budget.time_limit_s';
    END IF;
    SELECT nullif((e.manifest ->> 'timeout_s')::numeric, 0)::bigint INTO own
    FROM instances i JOIN experiments e ON e.name = i.experiment WHERE i.id = p_instance;
    RETURN least(p_limit, own, spare);
END
$$;

-- A budget as people and the API see it; null where there is none.
CREATE FUNCTION budget_json(t api_tokens) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN t.run_budget IS NOT NULL OR t.minute_budget IS NOT NULL THEN json_build_object(
        'runs', t.run_budget, 'runs_started', t.runs_started,
        'minutes', t.minute_budget, 'minutes_used', round(t.ms_used / 60000.0, 2), 'minutes_held', round(held_seconds(t.id) / 60.0, 2)) END
$$;

-- The same in words for a page: 3 of 10 runs, 12.5 of 60 min. Null where there is none.
CREATE FUNCTION view_budget(t api_tokens) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT nullif(concat_ws(', ', t.runs_started || ' of ' || t.run_budget || CASE t.run_budget WHEN 1 THEN ' run' ELSE ' runs' END,
                            round(t.ms_used / 60000.0, 1) || ' of ' || t.minute_budget || ' min'), '')
$$;
