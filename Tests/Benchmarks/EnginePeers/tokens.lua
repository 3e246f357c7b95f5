-- Requests of 32 tokens each that differ from one another: `wrk --script tokens.lua URL -- FILE [LANGUAGE]`. FILE has a
-- token a line. After the last it starts over.
local size = 32
local words = {}
local ending = '],"encoding":"base64"'
local first = 1

function init(arguments)
    for line in io.lines(arguments[1]) do words[#words + 1] = '"' .. line:gsub('["\\]', '\\%0') .. '"' end
    if arguments[2] then ending = ending .. ',"language":"' .. arguments[2] .. '"' end
    wrk.method = "POST"
    wrk.path = "/v1/token-embeddings"
    wrk.headers["Content-Type"] = "application/json"
end

function request()
    if first + size - 1 > #words then first = 1 end
    local tokens = table.concat(words, ",", first, first + size - 1)
    first = first + size
    return wrk.format(nil, nil, nil, '{"tokens":[' .. tokens .. ending .. "}")
end
