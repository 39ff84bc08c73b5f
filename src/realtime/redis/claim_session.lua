-- Takes a session up: who had it can't change it any more. Its owner is counted: who took it up last has the highest.
-- KEYS: session, its own log, the namespace's log, crowded
-- ARGV: milliseconds that it lives, position of the client's last event, bytes of its own log that can be told, whose
-- it is to be (may be missing)
-- Returns nothing when it is unknown, another's, or has been sent too much; else id, user, rooms, settled, from, the
-- last entry that went before its time, whether that position's entry is still there, the entries of its own log, and
-- owner.
local fields = redis.call('HMGET', KEYS[1], 'id', 'user', 'rooms', 'settled', 'from')
if not fields[1] or (ARGV[4] and fields[2] ~= ARGV[4]) then return {} end
local owner = redis.call('HINCRBY', KEYS[1], 'owner', 1)
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
local own, bytes = {}, 0
for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '-', '+')) do
  own[#own + 1] = entry[2][2]
  bytes = bytes + #entry[2][2]
end
if bytes > tonumber(ARGV[3]) then return {} end
local crowded = redis.call('GET', KEYS[4]) or '0-0'
local known = #redis.call('XRANGE', KEYS[3], ARGV[2], ARGV[2])
return {fields[1], fields[2], fields[3], fields[4], fields[5], crowded, known, own, owner}
