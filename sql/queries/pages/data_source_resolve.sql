-- Creating, changing and starting instances: the reference that a text stands for, be it one itself or a name in that project or in
-- none; null where nobody has its content, or there is no such name. data_sources_content, data_sources_name.
SELECT resolve_data_source($1::text, $2::text)
