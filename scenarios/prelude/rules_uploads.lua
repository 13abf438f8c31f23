-- The rules about the batches of an upload: their size, and the order of what is in them.
local evidence = require "prelude.evidence"
local values = require "prelude.values"

local rules = {}

local DEFAULT_UPLOAD_BATCH = 50

-- ---- UPL-01: the bound of the batches ----

---The batch size that the options mean (OPT-06). A spelling on which clients may differ (OPT-08) is read
---in the larger way: this rule bounds, the scenarios of OPT-08 judge.
function rules.upload_bound(options)
  local size = options.uploadBatchSize
  local number = type(size) == "number" and size or type(size) == "string" and tonumber(size) or 0
  if number <= 0 then return DEFAULT_UPLOAD_BATCH end
  local plain = type(size) == "number" and number == math.floor(number) or tostring(size):match("^%d+$")
  return plain and number or math.max(number, DEFAULT_UPLOAD_BATCH)
end

local function bound_for(seen, request)
  local bound
  for _, sync in ipairs(evidence.makers(seen.syncs, request)) do
    bound = math.max(bound or 0, rules.upload_bound(evidence.options_for(sync, request.service)))
  end
  return bound
end

local function counted_records(request)
  local count = 0
  for _, record in ipairs(request.records or {}) do
    local row_id = type(record._metadata) == "table" and values.decimal(record._metadata.rowId)
    if not row_id or row_id:sub(1, 1) ~= "-" then count = count + 1 end -- carriers (W-47) do not count
  end
  return count
end

local function roots_of(request)
  local records = type(request.body) == "table" and request.body.records
  return type(records) == "table" and records or {}
end

local function is_nested(request) return #roots_of(request) ~= #(request.records or {}) end

-- Uploads that carry more than their sync allows, of those for which `is_judged`.
local function oversized(seen, is_judged)
  local breaks = {}
  for _, request in ipairs(seen.requests) do
    if request.kind == "upload" and not request.replayed and is_judged(request) then
      local bound, count = bound_for(seen, request), counted_records(request)
      if bound and count > bound then
        breaks[#breaks + 1] = ("%d records where at most %d were allowed: %s"):format(count, bound, evidence.describe(request))
      end
    end
  end
  return breaks
end

---UPL-01: a flat batch holds no more records than uploadBatchSize.
function rules.batch_bound(seen)
  return oversized(seen, function(request) return not is_nested(request) end)
end

---UPL-01/nested: a hierarchical request of several roots holds no more edits; one root is never cut (W-48).
function rules.nested_bound(seen)
  return oversized(seen, function(request) return is_nested(request) and #roots_of(request) > 1 end)
end

-- ---- UPL-01/order, UPL-06: the order of the edits ----

local function row_id_of(record)
  local row_id = type(record._metadata) == "table" and record._metadata.rowId
  return values.decimal(row_id) and tonumber(row_id)
end

-- W-48: at service level a hierarchical service's edits go in passes, whatever nests in one of them.
local function goes_in_passes(seen, request)
  for _, described in pairs(request.level ~= "object" and seen.schema or {}) do
    if described.service == request.service and described.nests then return true end
  end
  return false
end

-- New flat uploads, one list for each sync and service; what an HTTP stack sent a second time counts once.
local function new_uploads(seen)
  local lists, by_name, last_text = {}, {}, {}
  for _, request in ipairs(seen.requests) do
    local flat = not is_nested(request) and not goes_in_passes(seen, request)
    if request.kind == "upload" and not request.replayed and flat then
      for _, sync in ipairs(evidence.senders(seen.syncs, request)) do
        local name = sync.id .. " " .. (request.service or "")
        if last_text[name] ~= (request.body_text or request) then
          last_text[name] = request.body_text or request
          if not by_name[name] then
            by_name[name] = {}
            lists[#lists + 1] = by_name[name]
          end
          table.insert(by_name[name], request)
        end
      end
    end
  end
  return lists
end

---UPL-01/order: within a sync the edits of a service go up in the order in which they were made.
function rules.edit_order(seen)
  local breaks = {}
  for _, uploads in ipairs(new_uploads(seen)) do
    local last
    for _, request in ipairs(uploads) do
      for _, record in ipairs(request.records) do
        local row_id = row_id_of(record)
        if row_id and last and row_id <= last then
          breaks[#breaks + 1] = ("rowId %d comes after rowId %d: %s"):format(row_id, last, evidence.describe(request))
        end
        last = row_id or last
      end
    end
  end
  return breaks
end

local function object_of(record)
  return type(record._metadata) == "table" and record._metadata.object or ""
end

local function creates(record, object, column, value)
  return type(record._metadata) == "table" and record._metadata.action == "create" and object_of(record) == object
    and values.equal(record[column], value, "number")
end

-- The place in the request of the create that made the row which `value` names; nil = it is not in it.
local function place_of_create(request, parent, value)
  for place, record in ipairs(request.records) do
    if creates(record, parent.object, parent.column, value) then return place end
  end
end

local function is_temporary(value)
  local decimal = values.decimal(value)
  return decimal ~= nil and decimal:sub(1, 1) == "-"
end

---UPL-06: within a request the create of a parent stands before the children that hold its temporary key.
function rules.parents_first(seen)
  local breaks = {}
  for _, request in ipairs(seen.requests) do
    if request.kind == "upload" and not is_nested(request) then
      for place, record in ipairs(request.records) do
        local described = (seen.schema or {})[object_of(record)]
        for column, parent in pairs(described and described.foreign or {}) do
          local made = is_temporary(record[column]) and place_of_create(request, parent, record[column])
          if made and made > place then
            breaks[#breaks + 1] = ("a row of %s comes before its parent's create: %s"):format(object_of(record),
              evidence.describe(request))
          end
        end
      end
    end
  end
  return breaks
end

return rules
