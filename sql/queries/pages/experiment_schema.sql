-- Creating, changing and starting instances: the manifest that decides, or why it cannot be used. experiments_pkey.
SELECT manifest, error, title FROM experiments WHERE name = $1::text
