-- What must hold at a place of a random history, as lines of a scenario.
local model = require "lib.history_model"

local text = require "lib.history_text"

local checks = {}

-- One row: it is there with these values, or it is not there.
local function of_row(rows, row, values, id)
  if values then return ("t.expect(%s, %q):contains %s"):format(rows, id, text.record(row.object, values)) end
  local name = model.OBJECTS[row.object].name
  return ("t.expect(company.count(%s, { %s = %q }), %q):equals(0)"):format(rows, name, row.name, id)
end

-- All rows of a list: exactly those, when all are known; else each that is.
---@param view fun(row: table): table|nil|UNKNOWN
local function of_rows(history, object, rows, view, id)
  local known, exact, made = {}, true, {}
  for _, row in ipairs(history.model.order) do
    if row.object == object then
      local values = view(row)
      if values == model.UNKNOWN then exact = false
      else
        made[#made + 1] = of_row(rows, row, values, id)
        if values then known[#known + 1] = text.record(object, values) end
      end
    end
  end
  if not exact then return made end
  if #known == 0 and #made == 0 then return {} end
  return { ("t.expect(%s, %q):equals { %s }"):format(rows, id, table.concat(known, ", ")) }
end

local function append(list, more) return table.move(more, 1, #more, #list + 1, list) end

local function of_device(history, device, id, covers)
  local made = {}
  for _, object in ipairs(model.ORDER) do
    if covers(object) then
      local rows = ("%s:rows(%q)"):format(device, object)
      append(made, of_rows(history, object, rows, function(row) return model.on_device(row, device) end, id))
    end
  end
  return made
end

---Every row is on the device as its user left it, or as it came down.
function checks.of_device(history, device, id)
  return of_device(history, device, id, function() return true end)
end

---After a clean sync: the back end has what the user did, the device what the back end has.
function checks.of_sync(history, step, covers)
  local made = {}
  for _, object in ipairs(model.ORDER) do
    if covers(object) and step.syncType ~= "downloadOnly" then
      local rows = model.OBJECTS[object].variable .. ":rows()"
      append(made, of_rows(history, object, rows, model.at_server, "UPL-12"))
    end
  end
  return append(made, of_device(history, step.app, step.syncType ~= "uploadOnly" and "DNL-02" or "UPL-12", covers))
end

return checks
