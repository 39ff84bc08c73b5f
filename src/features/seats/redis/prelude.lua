-- In front of every script. One script is one decision: Redis runs nothing else meanwhile. The same rules as
-- seat_rules.cpp; a test holds both to one behaviour.
--
-- ARGV[1]  the node that runs this, as the client names it    ARGV[2]  arguments as JSON
-- Answers  {status, time in ms, next due time in ms or -1, ...}
local meta, holds, sold, members, names, leases, due, log = unpack(KEYS)
local arguments = cjson.decode(ARGV[2])

local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local now = clock()

local function finish(status, ...)
  local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')
  return {status, tostring(now), first[2] and string.format('%.0f', first[2]) or '-1', ...}
end

local function number_of(field)
  return tonumber(redis.call('HGET', meta, field) or '0')
end

-- A server that was stopped must not do what its client has been told it did not.
local function is_late()
  return now > arguments.deadline
end

local function is_loaded()
  return redis.call('HGET', meta, 'loaded') == '1'
end

-- Another master has taken over: it may lack the last decisions of the one before. Free seats stay free of new owners
-- until every hold it may lack has run out, and offsets jump past any that it may lack.
local function notice_failover()
  if ARGV[1] == '' then return end
  local home = redis.call('HGET', meta, 'home')
  if home == ARGV[1] then return end
  redis.call('HSET', meta, 'home', ARGV[1])
  if not home then return end
  redis.call('HSET', meta, 'frozen_until', string.format('%.0f', now + arguments.hold_ttl))
  redis.call('HSET', meta, 'version', string.format('%.0f', math.max(number_of('version') + 1000, now)))
  redis.call('DEL', log)
end

local function is_frozen()
  return number_of('frozen_until') > now
end

-- Everything about a room that nobody asks for any more goes together; sold seats are in the database.
local function keep()
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, arguments.keep) end
end

local function hold_of(seat)
  local text = redis.call('HGET', holds, seat)
  return text and cjson.decode(text)
end

local function store_hold(seat, hold)
  redis.call('HSET', holds, seat, cjson.encode(hold))
end

local function member_of(owner)
  local text = redis.call('HGET', members, owner)
  local member = text and cjson.decode(text) or {connections = {}, seats = {}, names = {}}
  -- Connections of an instance that died do not count.
  for connection in pairs(member.connections) do
    local lease = redis.call('ZSCORE', leases, string.match(connection, '^(.*)/'))
    if not lease or tonumber(lease) < now then member.connections[connection] = nil end
  end
  return member
end

local function store_member(owner, member)
  if next(member.connections) or next(member.seats) then
    redis.call('HSET', members, owner, cjson.encode(member))
    return
  end
  redis.call('HDEL', members, owner)
  for _, name in ipairs(member.names) do redis.call('HDEL', names, name) end
end

local function count(set)
  local number = 0
  for _ in pairs(set) do number = number + 1 end
  return number
end

local function display_name(owner, member, client_id)
  local function is_free(name)
    local other = redis.call('HGET', names, name)
    return not other or other == owner
  end
  local name, number = client_id, 2
  while not is_free(name) do
    if number == 10 then number = math.max(number, redis.call('HLEN', names)) end
    name = client_id .. '~' .. number
    number = number + 1
  end
  if #member.names < 16 and redis.call('HSETNX', names, name, owner) == 1 then table.insert(member.names, name) end
  return name
end

local function due_time(hold, member)
  if hold.confirming_until then return hold.confirming_until end
  if member.leaves_at then return math.min(hold.expires_at, member.leaves_at) end
  return hold.expires_at
end

local function schedule(seat, hold, member)
  redis.call('ZADD', due, string.format('%.0f', due_time(hold, member)), seat)
end

local function announce(event)
  event.offset = redis.call('HINCRBY', meta, 'version', 1)
  event.at = now
  local text = cjson.encode(event)
  redis.call('RPUSH', log, text)
  redis.call('LTRIM', log, -arguments.log_max, -1)
  redis.call('PEXPIRE', log, arguments.log_window)
  redis.call(arguments.publish, arguments.channel, text)
  return event.offset
end

local function event_of(kind, seat, hold)
  return {kind = kind, seats = {seat}, owner = hold.owner, client_id = hold.client_id,
          display_name = hold.display_name, hold_id = hold.hold_id}
end

local function drop_hold(seat, hold)
  redis.call('HDEL', holds, seat)
  redis.call('ZREM', due, seat)
  local member = member_of(hold.owner)
  member.seats[seat] = nil
  store_member(hold.owner, member)
end

-- Releases what is due; what is being confirmed is left for the database to settle, and returned.
local function expire()
  local unverified = {}
  for _, seat in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now)) do
    local hold = hold_of(seat)
    if not hold then
      redis.call('ZREM', due, seat)
    else
      local when = due_time(hold, member_of(hold.owner))
      if when > now then
        redis.call('ZADD', due, string.format('%.0f', when), seat)
      elseif hold.confirming_until then
        table.insert(unverified, cjson.encode({seat = seat, hold = hold}))
      else
        drop_hold(seat, hold)
        local event = event_of('released', seat, hold)
        event.reason = hold.expires_at <= now and 'expired' or 'disconnected'
        announce(event)
      end
    end
  end
  return unverified
end

-- What every decision begins with; a status where it can't be made.
local function begin()
  if is_late() then return finish('LATE') end
  if not is_loaded() then return finish('NEEDLOAD') end
  notice_failover()
end
