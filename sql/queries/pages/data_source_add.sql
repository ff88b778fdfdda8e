-- PUT /api/v1/data-sources/{name}: records the content that the store has now.
SELECT outcome, id, shown::text FROM add_data_source($1::text, $2::text, $3::boolean, $4::bigint, $5::bigint, $6::text, $7::bigint, $8::text, $9::json,
                                        $10::json, $11::json, $12::text)
