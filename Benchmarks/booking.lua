-- Books distinct slots: every thread has calendars of its own and goes through them in turn, one slot after another.
-- Arguments: a prepared list (the API key, the first start in Unix seconds, the slot's minutes, the number of the first
-- slot, then one calendar's id a line) and the number of threads.

dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "result.lua")

local started = 0

function setup(thread)
    thread:set("number", started)
    started = started + 1
end

function init(arguments)
    local threads = tonumber(arguments[2])
    local lines = {}
    for line in io.lines(arguments[1]) do lines[#lines + 1] = line end
    key, first, minutes, slot = lines[1], tonumber(lines[2]), tonumber(lines[3]), tonumber(lines[4])
    calendars = {}
    for index = 5, #lines do
        if index % threads == number then calendars[#calendars + 1] = lines[index] end
    end
    turn = 0
    headers = { ["Authorization"] = "Bearer " .. key, ["Content-Type"] = "application/json" }
end

function request()
    turn = turn + 1
    if turn > #calendars then
        turn = 1
        slot = slot + 1
    end
    local start = os.date("!%Y-%m-%dT%H:%M:%SZ", first + slot * minutes * 60)
    local name = number .. "-" .. turn .. "-" .. slot
    headers["Idempotency-Key"] = name
    return wrk.format("POST", "/api/v1/appointments", headers, string.format(
        '{"calendar_id":"%s","starts_at":"%s","contact":{"name":"Guest %s","email":"guest-%s@example.com"}}',
        calendars[turn], start, name, name
    ))
end
