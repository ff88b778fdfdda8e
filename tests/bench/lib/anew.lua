-- For wrk: every request asks another address, so that no answer can be one that was kept.
local threads = 0
function setup(thread)
    threads = threads + 1
    thread:set("id", threads)
end
local n = 0
function request()
    n = n + 1
    local join = wrk.path:find("?", 1, true) and "&" or "?"
    return wrk.format(nil, wrk.path .. join .. "anew=" .. id .. "-" .. n)
end
