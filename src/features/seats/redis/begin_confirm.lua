-- {client_id, owner, seats, hold_ids, reference, confirm_lock}: {…, [{seat, hold}]}, or a code and the seat
-- it is about.
local refused = begin()
if refused then return refused end
expire()
local found = {}
for index, seat in ipairs(arguments.seats) do
  if redis.call('HEXISTS', sold, seat) == 1 then return finish('seat_sold', seat) end
  local hold = hold_of(seat)
  if not hold then return finish('not_owner', seat) end
  local is_buyer
  if arguments.owner ~= '' then
    is_buyer = hold.owner == arguments.owner
  else
    is_buyer = hold.client_id == arguments.client_id or hold.display_name == arguments.client_id
  end
  if not is_buyer then return finish('not_owner', seat) end
  if arguments.hold_ids[index] and hold.hold_id ~= arguments.hold_ids[index] then return finish('not_owner', seat) end
  if hold.confirming_until and hold.reference ~= arguments.reference then return finish('conflict', seat) end
  -- Two anonymous clients may share an id: one sale never takes from both.
  if found[1] and found[1].hold.owner ~= hold.owner then return finish('not_owner', seat) end
  table.insert(found, {seat = seat, hold = hold})
end
local answer = {}
for _, entry in ipairs(found) do
  entry.hold.confirming_until = now + arguments.confirm_lock
  entry.hold.reference = arguments.reference
  store_hold(entry.seat, entry.hold)
  schedule(entry.seat, entry.hold, member_of(entry.hold.owner))
  table.insert(answer, cjson.encode(entry))
end
return finish('OK', answer)
