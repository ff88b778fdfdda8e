-- Creating, changing and starting instances: the manifest that decides, or why it cannot be used. experiments_pkey, offers_experiment.
SELECT e.manifest,
       CASE WHEN e.error IS NULL THEN NULL
            WHEN EXISTS (SELECT FROM offers o WHERE o.experiment = e.name) THEN format('the experiment %s is broken: %s', e.name, e.error)
            ELSE format('no runner offers the experiment %s any more, and it was broken when one last did', e.name) END,
       e.title
FROM experiments e WHERE e.name = $1::text
