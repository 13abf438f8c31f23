-- Questions to the mock's journal that the client side asks.
local journal = {}

---Every request of the world so far, in the order of arrival.
function journal.all() return server:requests() end

function journal.is_traffic(request)
  return request.kind == "upload" or request.kind == "download"
end

function journal.traffic_count()
  local count = 0
  for _, request in ipairs(journal.all()) do
    if journal.is_traffic(request) then count = count + 1 end
  end
  return count
end

---Is `seq` inside one of the ranges {from, to}? A range without `to` has not ended.
function journal.within(seq, ranges)
  for _, range in ipairs(ranges) do
    if seq > range.from and (not range.to or seq <= range.to) then return true end
  end
  return false
end

return journal
