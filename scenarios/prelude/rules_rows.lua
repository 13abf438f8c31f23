-- The rule about local rows: none is a mixture.
--
-- Of each row that was read on a device there is one version that the server sent to it, or none where the user created it, so
-- that every column is either that version's or what one of the user's edits wrote. Which edits lie over it is not asked: a
-- blend of two versions has a column that neither explains. Silent where a version came in part (UPL-09, DNL-05 judge those),
-- and about columns that a port may write itself: keys, foreign keys, binary and soft-delete ones.
local evidence = require "prelude.evidence"
local journal = require "prelude.journal"
local keys = require "prelude.keys"
local values = require "prelude.values"

local rules = {}

-- ---- what may be in a column ----

-- The columns whose values are the server's or the user's alone.
local function judged_columns(described)
  local judged = {}
  for column, datatype in pairs(described.datatypes) do
    if datatype ~= "binary" and column ~= described.soft_delete and not described.foreign[column] then
      judged[column] = datatype
    end
  end
  for _, column in ipairs(described.key) do judged[column] = nil end
  return judged
end

-- A number, a truth or a text, as the column wants it. What becomes of another one is the port's matter.
local FITS = {
  number = function(value) return values.decimal(value) ~= nil end,
  boolean = function(value) return values.truth(value) ~= nil end,
  string = function(value) return type(value) == "string" end,
}
FITS.date = FITS.string

local function is_clear(value, datatype)
  if values.is_absent(value) then return true end
  local fits = FITS[datatype]
  if not fits or not fits(value) then return false end
  return type(value) ~= "string" or not value:find("[\0\xEF]") -- U+FFFD and its neighbours: bytes that were no text (PROTOCOL.md)
end

-- Numbers of more digits than a port has count as equal (DNL-12).
local function same(a, b, datatype)
  if values.equal(a, b, datatype) then return true end
  return datatype == "number" and tonumber(a) ~= nil and tonumber(a) == tonumber(b)
end

-- ---- versions and edits of each row ----

local function is_partial(columns, record)
  for column in pairs(columns) do
    if record[column] == nil then return true end
  end
  return false
end

local function remember_version(row, columns, record)
  if is_partial(columns, record) then row.unclear = true end
  for column, datatype in pairs(columns) do
    if not is_clear(record[column], datatype) then row.wild[column] = true end
  end
  row.versions[#row.versions + 1] = record
end

local function failed(record)
  local about = type(record._metadata) == "table" and record._metadata or {}
  return about.action == "delete" or not values.is_absent(record.errmsg) or not values.is_absent(about.errmsg)
end

local function add_versions(seen, device, certain, columns, row_of)
  for _, request in ipairs(seen.requests) do
    if journal.is_traffic(request) and journal.within(request.seq, device.ranges) then
      for _, entry in ipairs(keys.answered(request)) do
        local object = entry.object or ""
        if certain[object] and not failed(entry.record) then
          remember_version(row_of(object, entry.record), columns[object], entry.record)
        end
      end
    end
  end
end

local function add_edits(device, certain, columns, row_of)
  for _, edit in ipairs(device.edits) do
    if certain[edit.object] then
      local row = row_of(edit.object, edit.key)
      row.edits[#row.edits + 1] = edit.values
      if edit.action == "create" then row.versions[#row.versions + 1] = {} end
      for column, datatype in pairs(columns[edit.object]) do
        if edit.values and not is_clear(edit.values[column], datatype) then row.wild[column] = true end
      end
    end
  end
end

-- ---- judging ----

local function was_written(row, column, value, datatype)
  for _, edit in ipairs(row.edits) do
    if edit[column] ~= nil and same(edit[column], value, datatype) then return true end
  end
  return false
end

-- The first column that neither the version nor an edit explains.
local function strange_column(row, version, local_row, columns)
  for column, datatype in pairs(columns) do
    local value = local_row[column]
    if not row.wild[column] and not same(version[column], value, datatype) and not was_written(row, column, value, datatype) then
      return column
    end
  end
end

local function is_mixed(row, local_row, columns)
  if row.unclear or #row.versions == 0 then return false end
  for _, version in ipairs(row.versions) do
    if not strange_column(row, version, local_row, columns) then return false end
  end
  return true
end

-- Which columns each version leaves without an explanation: what a reader of the break wants to know.
local function describe(shown, row, local_row, columns, reading)
  local strange = {}
  for _, version in ipairs(row.versions) do
    local column = strange_column(row, version, local_row, columns)
    if not strange[column] then strange[#strange + 1] = ("%s = %s"):format(column, tostring(local_row[column])) end
    strange[column] = true
  end
  table.sort(strange)
  return ("%s, read at #%d: no version that the server sent has %s"):format(shown, reading.at, table.concat(strange, ", nor another "))
end

local function known_rows(seen, device, certain, columns, name_of)
  local rows = {}
  local function row_of(object, key)
    local name = name_of(object, key)
    rows[name] = rows[name] or { versions = {}, edits = {}, wild = {} }
    return rows[name]
  end
  add_versions(seen, device, certain, columns, row_of)
  add_edits(device, certain, columns, row_of)
  return rows
end

local function judge_device(seen, device, breaks)
  if #device.readings == 0 then return end
  local certain, columns = evidence.certain_objects(seen, device), {}
  for name, described in pairs(certain) do columns[name] = judged_columns(described) end
  local name_of = keys.namer(seen.schema, seen.requests, device.ranges)
  local rows = known_rows(seen, device, certain, columns, name_of)
  for _, reading in ipairs(device.readings) do
    for _, local_row in ipairs(certain[reading.object] and reading.rows or {}) do
      local name = name_of(reading.object, local_row)
      local row = rows[name]
      if row and is_mixed(row, local_row, columns[reading.object]) then
        local shown = keys.show(reading.object, certain[reading.object].key, local_row)
        breaks[#breaks + 1] = describe(shown, row, local_row, columns[reading.object], reading)
      end
    end
  end
end

---LOC-07: a local row is one that the server sent whole, the user's edits over it; never a blend of two.
function rules.no_mixed_row(seen)
  local breaks = {}
  for _, device in ipairs(evidence.devices(seen)) do judge_device(seen, device, breaks) end
  return breaks
end

return rules
