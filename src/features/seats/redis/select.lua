-- {owner, client_id, seat, user_info, hold_id, connection, command}: {…, hold, offset or 0}
local refused = begin()
if refused then return refused end
expire()
local seat = arguments.seat
if redis.call('HEXISTS', sold, seat) == 1 then return finish('seat_sold') end
local held = hold_of(seat)
if held then
  if held.owner == arguments.owner then return finish('OK', cjson.encode(held), '0') end
  return finish('seat_taken', string.format('%.0f', held.expires_at))
end
if is_frozen() then return finish('unavailable') end
local member = member_of(arguments.owner)
if count(member.seats) >= arguments.max_seats then return finish('seat_limit') end
local hold = {
  owner = arguments.owner, client_id = arguments.client_id,
  display_name = display_name(arguments.owner, member, arguments.client_id),
  user_info = arguments.user_info, hold_id = arguments.hold_id,
  selected_at = now, expires_at = now + arguments.hold_ttl, renewals = 0,
}
-- Selected over HTTP: whoever is not connected has the grace of one who has just gone.
if not next(member.connections) and arguments.grace >= 0 then member.leaves_at = now + arguments.grace end
member.seats[seat] = 1
store_member(arguments.owner, member)
store_hold(seat, hold)
schedule(seat, hold, member)
keep()
local event = event_of('selected', seat, hold)
event.user_info, event.expires_at = hold.user_info, hold.expires_at
event.connection, event.command = arguments.connection, arguments.command
local offset = announce(event)
return finish('OK', cjson.encode(hold), string.format('%.0f', offset))
