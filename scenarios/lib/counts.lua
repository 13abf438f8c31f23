-- What the server saw, counted from its journal: the measure for stats and progress.
local counts = {}

local function good(record)
  local metadata = record._metadata or {}
  return metadata.errmsg == nil and record.errmsg == nil and (tonumber(metadata.opstatus) or 0) == 0
end

---Records without error in the answer to an upload.
function counts.accepted(upload)
  local count = 0
  for _, object in ipairs((upload.answer or {}).objects or {}) do
    for _, record in ipairs(object.records or {}) do
      if good(record) then count = count + 1 end
    end
  end
  return count
end

---Records in the answer to a download of a service or of an object.
function counts.received(download)
  local answer = download.answer or {}
  local count = #(answer.records or {})
  for _, object in ipairs(answer.Objects or {}) do count = count + #(object.records or {}) end
  return count
end

---`measure` of each request, in their order.
function counts.each(requests, measure)
  local list = {}
  for i, request in ipairs(requests) do list[i] = measure(request) end
  return list
end

function counts.total(list)
  local total = 0
  for _, count in ipairs(list) do total = total + count end
  return total
end

---What the nth figure of a batch may be: the batch's own count, or the count so far; the one figure of a port
---that sums up all its batches is the total.
function counts.allows(list, n, figures, value)
  local so_far = 0
  for i = 1, math.min(n, #list) do so_far = so_far + list[i] end
  return value == list[n] or value == so_far or (figures == 1 and value == counts.total(list))
end

return counts
