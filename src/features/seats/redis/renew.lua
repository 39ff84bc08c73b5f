-- {owner, seat, connection, command}: {…, hold, offset}
local refused = begin()
if refused then return refused end
expire()
local seat = arguments.seat
if redis.call('HEXISTS', sold, seat) == 1 then return finish('seat_sold') end
local hold = hold_of(seat)
if not hold or hold.owner ~= arguments.owner then return finish('not_owner') end
if hold.confirming_until then return finish('seat_sold') end
if hold.renewals >= arguments.max_renewals then return finish('renew_limit') end
hold.renewals = hold.renewals + 1
hold.expires_at = now + arguments.hold_ttl
store_hold(seat, hold)
schedule(seat, hold, member_of(hold.owner))
local event = event_of('renewed', seat, hold)
event.expires_at = hold.expires_at
event.connection, event.command = arguments.connection, arguments.command
return finish('OK', cjson.encode(hold), string.format('%.0f', announce(event)))
