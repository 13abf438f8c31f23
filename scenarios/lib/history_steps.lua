-- The steps of random histories: each says with which lines of a scenario it is done.
--
-- A step is plain data, made by history_generator.lua. Its function gets the history and the step, and gives the lines and
-- the checks that follow them; nil when it cannot happen here (its row is gone, say), and then the history has changed nothing.
local checks = require "lib.history_checks"
local model = require "lib.history_model"
local syncs = require "lib.history_syncs"

local steps = {}

local function lines(format, ...) return { format:format(...) } end

-- ---- rows ----

local text_of = syncs.text_of

---{ Id = "n1", Text = "text 1" }; `more` is text for a further column.
local function record(object, values, more)
  local about = model.OBJECTS[object]
  local parts = {}
  for _, column in ipairs { about.name, about.column } do
    if values[column] ~= nil then parts[#parts + 1] = column .. " = " .. text_of(values[column]) end
  end
  parts[#parts + 1] = more
  return "{ " .. table.concat(parts, ", ") .. " }"
end
steps.record = record

local function found(rows, object, name)
  return ("company.find(%s, { %s = %q })"):format(rows, model.OBJECTS[object].name, name)
end

local function found_on(device, object, name) return found(("%s:rows(%q)"):format(device, object), object, name) end

-- How a line names the row: the variable of the create, or a look at the device.
local function handle(device, row)
  local about = model.OBJECTS[row.object]
  if row.made_by == device then return row.name end
  if about.key == about.name then return ("{ %s = %q }"):format(about.key, row.name) end
  return found_on(device, row.object, row.name)
end

local function changed(row, values, value)
  local about = model.OBJECTS[row.object]
  local new = { [about.name] = values[about.name] }
  if about.column then new[about.column] = value end
  return new
end

-- A step whose value was left out by the one who shortens a history cannot happen.
local function has_value(step, object) return step.value ~= nil or model.OBJECTS[object].column == nil end

local function editable(history, step)
  local row, waiting = history.model.rows[step.row], history.waiting
  if not row then return nil end
  local may = waiting and history.model:may_edit_meanwhile(row, step.app, waiting) or not waiting and history.model:may_edit(row, step.app)
  return may and row or nil
end

-- A parent's key is read and then written: not while it may change in between.
local function may_be_created(history, step)
  local about = model.OBJECTS[step.object]
  if history.model.rows[step.row] or not has_value(step, step.object) then return false end
  return not step.parent or not history.waiting or history.waiting == about.service
end

local function with_options(step)
  local parts = {}
  for _, name in ipairs { "markForUpload", "trackChanges", "trackIntermediateUpdates" } do
    if step[name] ~= nil then parts[#parts + 1] = name .. " = " .. text_of(step[name]) end
  end
  return #parts > 0 and ", { " .. table.concat(parts, ", ") .. " }" or ""
end

-- The parent must be there for good: on the device, and at the back end if not made here.
local function parent_of(history, step)
  local parent = history.model.rows[step.parent or ""]
  local mine = parent and model.on(parent, step.app)
  if not parent or parent.lost or mine.values == nil or mine.values == model.UNKNOWN then return nil end
  return (parent.base ~= nil or mine.created) and parent or nil
end

local function note_edit(history, row, step, values)
  if step.trackChanges == false then history.model:edit_untracked(row, step.app, values)
  else history.model:edit(row, step.app, values).deferred = step.markForUpload == false or nil end
end

function steps.create(history, step)
  if not may_be_created(history, step) then return nil end
  local about, parent = model.OBJECTS[step.object], parent_of(history, step)
  if step.parent and not parent then return nil end
  local values = changed({ object = step.object }, { [about.name] = step.row }, step.value)
  local row = history.model:add(step.row, step.object)
  note_edit(history, row, step, values)
  model.on(row, step.app).created = step.trackChanges ~= false or nil
  row.made_by, row.parent = step.app, step.parent
  local more = parent and ("%s = %s.%s"):format(about.foreign, found_on(step.app, about.parent, step.parent), about.foreign) or nil
  return lines("local %s = %s:create(%q, %s%s)", step.row, step.app, step.object, record(step.object, values, more), with_options(step))
end

function steps.update(history, step)
  local row = editable(history, step)
  local mine = row and model.on(row, step.app)
  local alone = step.markForUpload == false or step.trackChanges == false
  if not row or step.value == nil or (alone and mine.edits > 0) then return nil end
  local name = handle(step.app, row)
  note_edit(history, row, step, changed(row, mine.values, step.value))
  return lines("%s:update(%q, %s, { %s = %s }%s)", step.app, row.object, name, model.OBJECTS[row.object].column,
    text_of(step.value), with_options(step))
end

function steps.delete(history, step)
  local row = editable(history, step)
  if not row or history.model:has_children(step.row) then return nil end
  local name = handle(step.app, row)
  history.model:edit(row, step.app, nil)
  return lines("%s:delete(%q, %s)", step.app, row.object, name)
end

function steps.mark(history, step)
  if not history.model:mark(step.app, step.object) then return nil end
  return lines("%s:mark(%q)", step.app, step.object)
end

function steps.rollback(history, step)
  if not history.model:can_roll_back(step.app) then return nil end
  history.model:roll_back(step.app)
  return lines("%s:rollback()", step.app), checks.of_device(history, step.app, "LOC-03")
end

-- ---- the back end's own changes ----

-- A column that no edit touches, so that every version of a row has its own.
local function beside(object, value)
  local column = model.OBJECTS[object].beside
  return column and ("%s = \"2026-%02d-%02d\""):format(column, value // 28 % 12 + 1, value % 28 + 1) or nil
end

function steps.server_insert(history, step)
  if history.model.rows[step.row] or not has_value(step, step.object) then return nil end
  local about = model.OBJECTS[step.object]
  local row = history.model:add(step.row, step.object)
  row.base = changed(row, { [about.name] = step.row }, step.value)
  return lines("%s:insert %s", about.variable, record(step.object, row.base, beside(step.object, step.value)))
end

local function key_at_server(row)
  local about = model.OBJECTS[row.object]
  if about.key == about.name then return ("%q"):format(row.name) end
  return found(about.variable .. ":rows()", row.object, row.name) .. "." .. about.key
end

function steps.server_update(history, step)
  local row = history.model.rows[step.row]
  if not row or step.value == nil or not history.model:may_change_at_server(row, false) then return nil end
  local about = model.OBJECTS[row.object]
  row.base = changed(row, row.base, step.value)
  local more = beside(row.object, step.value)
  return lines("%s:update(%s, { %s = %s%s })", about.variable, key_at_server(row), about.column, text_of(step.value),
    more and ", " .. more or "")
end

function steps.server_delete(history, step)
  local row = history.model.rows[step.row]
  if not row or not history.model:may_change_at_server(row, true) or history.model:has_children(step.row) then return nil end
  local name = key_at_server(row)
  history.model:set_base(row, nil)
  return lines("%s:delete(%s)", model.OBJECTS[row.object].variable, name)
end

-- ---- the process ----

function steps.restart(history, step)
  return lines("%s:restart()", step.app), checks.of_device(history, step.app, "API-09")
end

function steps.kill(history, step)
  return { step.app .. ":activate()", step.app .. ":kill()", step.app .. ":revive()" },
    checks.of_device(history, step.app, "LOC-02")
end

-- ---- syncs ----

-- What the user does while a sync waits at a request, as lines. `edited` gets the names of the rows.
local function edits_meanwhile(history, step, edited)
  local made = {}
  history.waiting = step.pause.service
  for _, edit in ipairs(step.edits) do
    local more = steps[edit.kind](history, edit)
    if more then
      edited[edit.row] = true
      table.move(more, 1, #more, #made + 1, made)
    end
  end
  history.waiting = nil
  return made
end

-- A child must not go up alone while its parent's key is temporary: one object's sync is nobody's promise then.
local function leaves_parents_behind(history, step)
  for _, row in ipairs(step.level == "object" and history.model.order or {}) do
    local parent = history.model.rows[row.parent or ""]
    if row.object == step.target and parent and model.on(parent, step.app).created then return true end
  end
  return false
end

local function lines_of_sync(history, step, edited)
  if step.fault then return syncs.faulty(step, history.served) end
  if step.kill then return syncs.killed(step, history.served) end
  if not step.pause then return lines('t.expect(%s, "API-07"):succeeds()', syncs.call(step, "sync", history.served)) end
  history.pauses = history.pauses + 1
  return syncs.paused(step, history.served, "pause " .. history.pauses, edits_meanwhile(history, step, edited))
end

function steps.sync(history, step)
  -- The back end that worked on an upload does not say later that it did not: the edits would go up anew (UPC-09).
  if step.fault and step.fault.refusal and history.model:has_doubts() then return nil end
  if leaves_parents_behind(history, step) then return nil end
  local covers, edited = syncs.covers(step), {}
  local made = lines_of_sync(history, step, edited)
  if step.fault or step.kill then
    history.model:doubt(step.app, covers)
    return made, checks.of_device(history, step.app, step.kill and "LOC-02" or "UPL-12")
  end
  if step.syncType ~= "downloadOnly" then history.model:upload(step.app, covers, edited) end
  if step.syncType ~= "uploadOnly" then
    for _, object in ipairs(model.ORDER) do
      if covers(object) then history.model:download(step.app, object, syncs.filter_of(step, object)) end
    end
  end
  return made, checks.of_sync(history, step, covers)
end

return steps
