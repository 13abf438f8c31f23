-- The steps of random histories: each says with which lines of a scenario it is done.
--
-- A step is plain data, made by history_generator.lua (syncs are in history_sync.lua). Its function gets the history and the step,
-- and gives the lines and the checks that follow them; nil when it cannot happen here (its row is gone, say), and then the history
-- has changed nothing.
local checks = require "lib.history_checks"
local model = require "lib.history_model"
local syncs = require "lib.history_syncs"
local text = require "lib.history_text"

local steps = {}

local function lines(format, ...) return { format:format(...) } end

-- ---- rows ----

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
    if step[name] ~= nil then parts[#parts + 1] = name .. " = " .. text.of(step[name]) end
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
  local more = parent and ("%s = %s.%s"):format(about.foreign, text.found_on(step.app, about.parent, step.parent), about.foreign) or nil
  return lines("local %s = %s:create(%q, %s%s)", step.row, step.app, step.object, text.record(step.object, values, more), with_options(step))
end

function steps.update(history, step)
  local row = editable(history, step)
  local mine = row and model.on(row, step.app)
  local alone = step.markForUpload == false or step.trackChanges == false
  if not row or step.value == nil or (alone and mine.edits > 0) then return nil end
  local name = text.handle(step.app, row)
  note_edit(history, row, step, changed(row, mine.values, step.value))
  return lines("%s:update(%q, %s, { %s = %s }%s)", step.app, row.object, name, model.OBJECTS[row.object].column,
    text.of(step.value), with_options(step))
end

function steps.delete(history, step)
  local row = editable(history, step)
  if not row or history.model:has_children(step.row) then return nil end
  local name = text.handle(step.app, row)
  history.model:edit(row, step.app, nil)
  return lines("%s:delete(%q, %s)", step.app, row.object, name)
end

function steps.mark(history, step)
  if not history.model:mark(step.app, step.object) then return nil end
  return lines("%s:mark(%q)", step.app, step.object)
end

-- The rows that a step undoes: one, or those of its scope.
local function chosen(step)
  if step.row then return function(row) return row.name == step.row end end
  local covers = syncs.covers(step)
  return function(row) return covers(row.object) end
end

function steps.rollback(history, step)
  local row, is_chosen = history.model.rows[step.row or ""], chosen(step)
  if not history.model:may_undo(step.app, is_chosen) then return nil end
  if row and (row.lost or model.on(row, step.app).edits == 0 or not text.can_name(step.app, row)) then return nil end
  local call = syncs.scope(step) .. ":rollback()"
  if row then call = ("%s:object(%q):rollback(%s)"):format(step.app, row.object, text.handle(step.app, row)) end
  history.model:roll_back(step.app, is_chosen)
  return { call }, checks.of_device(history, step.app, "LOC-03")
end

function steps.clear(history, step)
  local is_chosen = chosen(step)
  if not history.model:may_undo(step.app, is_chosen) then return nil end
  history.model:clear(step.app, is_chosen)
  return lines("%s:clear()", syncs.scope(step)), checks.of_device(history, step.app, "LOC-04")
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
  return lines("%s:insert %s", about.variable, text.record(step.object, row.base, beside(step.object, step.value)))
end

local function key_at_server(row)
  local about = model.OBJECTS[row.object]
  if about.key == about.name then return ("%q"):format(row.name) end
  return text.found(about.variable .. ":rows()", row.object, row.name) .. "." .. about.key
end

function steps.server_update(history, step)
  local row = history.model.rows[step.row]
  if not row or step.value == nil or not history.model:may_change_at_server(row, false) then return nil end
  local about = model.OBJECTS[row.object]
  row.base = changed(row, row.base, step.value)
  local more = beside(row.object, step.value)
  return lines("%s:update(%s, { %s = %s%s })", about.variable, key_at_server(row), about.column, text.of(step.value),
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

return steps
