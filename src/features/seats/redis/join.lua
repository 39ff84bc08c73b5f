-- {owner, client_id, connection, instance, lease, since?}: {…, display name, version, 'missed', [events]} or
-- {…, 'state', holds, sold}.
local refused = begin()
if refused then return refused end
expire()
redis.call('ZADD', leases, string.format('%.0f', now + arguments.lease), arguments.instance)
local member = member_of(arguments.owner)
member.connections[arguments.instance .. '/' .. arguments.connection] = 1
if member.leaves_at then
  member.leaves_at = nil
  for seat in pairs(member.seats) do schedule(seat, hold_of(seat), member) end
end
local name = ''
if arguments.client_id ~= '' then name = display_name(arguments.owner, member, arguments.client_id) end
store_member(arguments.owner, member)
keep()
local version = number_of('version')
local text = string.format('%.0f', version)
if arguments.since and arguments.since <= version then
  local missing = version - arguments.since
  if missing <= redis.call('LLEN', log) then
    local events = missing > 0 and redis.call('LRANGE', log, -missing, -1) or {}
    return finish('OK', name, text, 'missed', events)
  end
end
return finish('OK', name, text, 'state', redis.call('HGETALL', holds), redis.call('HGETALL', sold))
