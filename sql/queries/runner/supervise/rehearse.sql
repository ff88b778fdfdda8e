-- A spare supervisor, before it has a run: makes the connection ready for one. Its statements are served by keys whatever their
-- parameters, so one plan each, made now, is as good as any made later.
SELECT set_config('plan_cache_mode', 'force_generic_plan', false), rehearse_run()
