-- object:generate{ count = 100, seed = 1 }: made-up rows that fit the model.
-- Keys are new, foreign keys name rows that exist, and the n-th row of a seed is the same in every run.
local core = ...

local COUNT_MAX, BATCH, TAKEN_MAX = 1000000, 1000, 100000
local NULLS = 0.1 -- share of nulls in a nullable column

-- ---- relations ----

-- The relations in which `object` holds the foreign key: where it points, and with which columns.
local function references(object)
  local list = {}
  for _, relation in ipairs(core.relations) do
    local here, there, columns, keys = relation.from, relation.to, relation.source_fields, relation.target_fields
    if relation.type == "OneToMany" then here, there, columns, keys = there, here, keys, columns end
    if here == object then
      list[#list + 1] = { to = there, columns = columns, keys = keys, single = relation.type == "OneToOne" }
    end
  end
  return list
end

-- What a row of `reference.to` is known by.
local function target(reference, row)
  local values = {}
  for i, key in ipairs(reference.keys) do values[i] = row[key] end
  return values
end

local function find_targets(object, reference)
  reference.self = reference.to == object
  reference.targets = {}
  for i, row in ipairs(reference.to:rows()) do reference.targets[i] = target(reference, row) end
end

-- ---- the plan: what is known before the first row ----

local function fields_by_name(model)
  local fields = {}
  for _, field in ipairs(model.fields) do fields[field.name] = field end
  return fields
end

local function generator(spec, name)
  local kind = type(spec)
  if kind == "function" then return spec end
  if kind == "string" then
    local column = core.columns[spec]
    if column then return function(_, index, random) return column(random, index) end end
    local known = {}
    for known_name in pairs(core.columns) do known[#known + 1] = known_name end
    table.sort(known)
    error(("generate(): column %s: there is no generator \"%s\"; there are %s"):format(name, spec, table.concat(known, ", ")), 0)
  end
  if kind == "table" and spec.min and spec.max then
    return function(_, _, random) return random:integer(spec.min, spec.max) end
  end
  if kind == "table" and math.type(next(spec)) == "integer" then
    core.list(spec, ("generate(): column %s"):format(name), 0)
    return function(_, _, random) return random:pick(spec) end
  end
  error(("generate(): column %s is given by the name of a generator, a list of values, {min=, max=} or a function"):format(name), 0)
end

-- A cell that no key and no relation decides.
local function plan_cell(plan, field, spec)
  local chosen = generator(spec or core.guess(field), field.name)
  plan.cells[#plan.cells + 1] = {
    name = field.name, make = chosen, seed = core.seed(plan.seed, plan.object.name, field.name),
    nulls = (field.nullable and not spec) and plan.nulls or 0,
    length = field.datatype == "string" and field.length, field = field,
  }
end

local function plan_references(plan, fields)
  for _, reference in ipairs(references(plan.object)) do
    find_targets(plan.object, reference)
    reference.in_key = true
    reference.nullable = true
    for _, column in ipairs(reference.columns) do
      reference.nullable = reference.nullable and fields[column].nullable ~= false
      reference.in_key = reference.in_key and plan.keys[column] ~= nil
      plan.decided[column] = true
    end
    reference.seed = core.seed(plan.seed, plan.object.name, "->", reference.to.name, reference.columns[1])
    plan.references[#plan.references + 1] = reference
  end
end

local function new_plan(object, options)
  local plan = {
    object = object, seed = options.seed or 1, nulls = options.nulls or NULLS, cells = {}, references = {}, keys = {},
    decided = {}, own = {},
  }
  local fields, specs = fields_by_name(object.model), options.columns or {}
  for name in pairs(specs) do
    if not fields[name] then error(("generate(): object %s has no column %s"):format(object.name, name), 0) end
  end
  for _, name in ipairs(object.model.key) do plan.keys[name] = fields[name] end
  plan_references(plan, fields)
  for _, field in ipairs(object.model.fields) do
    local name = field.name
    if plan.keys[name] and not plan.decided[name] and not specs[name] then
      if not field.auto_generated then plan.own[#plan.own + 1] = field end
      plan.generated = plan.generated or field.auto_generated
    elseif name == object.model.softdelete_field and not specs[name] then
      plan.softdelete = name
    elseif not plan.decided[name] or specs[name] then
      plan_cell(plan, field, specs[name])
    end
  end
  return plan
end

-- ---- one row ----

-- A key column's n-th value.
local function own_key(object, field, number)
  if field.datatype == "number" then return number end
  if field.datatype == "date" then return core.civil(16436 + number) end
  if field.datatype == "boolean" then
    if number <= 2 then return number == 2 end
    error(("generate(): object %s: the boolean key %s has two values"):format(object.name, field.name), 0)
  end
  local text = ("%s-%06d"):format(object.name:gsub("^.*%.", ""):sub(1, 3):upper(), number)
  return (field.length and #text > field.length) and tostring(number) or text
end

local function refer(row, reference, values)
  for i, column in ipairs(reference.columns) do row[column] = values[i] end
end

-- A foreign key within the key counts through the rows that it can name, like a digit; what is left counts on.
local function set_keys(plan, row, index)
  local rest, object = index - 1, plan.object
  for _, reference in ipairs(plan.references) do
    if reference.in_key then
      local count = #reference.targets
      if count == 0 then error(("generate(): object %s: its key names a row of %s, which has none"):format(object.name, reference.to.name), 0) end
      refer(row, reference, reference.targets[1 + rest % count])
      rest = rest // count
    end
  end
  for _, field in ipairs(plan.own) do row[field.name] = own_key(object, field, rest + 1) end
  if rest > 0 and plan.all_in_key then
    error(("generate(): object %s: there are no more than %d different keys"):format(object.name, index - 1), 0)
  end
end

local function set_references(plan, row, index)
  for _, reference in ipairs(plan.references) do
    local count = #reference.targets
    local random = core.random(reference.seed, index)
    if reference.in_key then -- done with the key
    elseif reference.single and index <= count then refer(row, reference, reference.targets[index])
    elseif not reference.single and count > 0 and not (reference.nullable and random:chance(plan.nulls)) then
      refer(row, reference, reference.targets[random:integer(1, count)])
    elseif not reference.nullable then
      error(("generate(): object %s: each row names a row of %s, which has %s"):format(plan.object.name, reference.to.name,
        count == 0 and "none" or "no more that are free"), 0)
    end
  end
end

-- The first `length` characters.
local function cut(text, length)
  if type(text) ~= "string" or not length or utf8.len(text) == nil or utf8.len(text) <= length then return text end
  return text:sub(1, utf8.offset(text, length + 1) - 1)
end

local function set_cells(plan, row, index)
  for _, cell in ipairs(plan.cells) do
    local random = core.random(cell.seed, index)
    if not random:chance(cell.nulls) then row[cell.name] = cut(cell.make(row, index, random), cell.length) end
  end
  if plan.softdelete then row[plan.softdelete] = false end
end

local function make(plan, index)
  local row = {}
  set_keys(plan, row, index)
  set_references(plan, row, index)
  set_cells(plan, row, index)
  return row
end

-- Rows made by hand may have taken a key already.
local function is_taken(plan, row)
  if plan.generated then return false end
  local key = {}
  for name in pairs(plan.keys) do key[name] = row[name] end
  return core.row(plan.object.id, key) ~= nil
end

local function insert(plan, row)
  local stored = core.insert(plan.object.id, row)
  for _, reference in ipairs(plan.references) do
    if reference.self then reference.targets[#reference.targets + 1] = target(reference, stored) end
  end
end

local OPTIONS = { count = true, seed = true, nulls = true, columns = true }

local function checked(options)
  if type(options) == "number" then options = { count = options } end
  if type(options) ~= "table" then error("generate() takes a number of rows or a table with count", 0) end
  for name in pairs(options) do
    if not OPTIONS[name] then error(("generate() has no option %s: there are count, seed, nulls, columns"):format(tostring(name)), 0) end
  end
  local count, seed, nulls = options.count, options.seed or 1, options.nulls or NULLS
  if math.type(count) ~= "integer" or count < 0 or count > COUNT_MAX then
    error(("generate(): count is an integer from 0 to %d"):format(COUNT_MAX), 0)
  end
  if math.type(seed) ~= "integer" then error("generate(): seed is an integer", 0) end
  if type(nulls) ~= "number" or nulls < 0 or nulls > 1 then error("generate(): nulls is a share from 0 to 1", 0) end
  return options
end

-- The numbers of the rows go on where an earlier generate() of this object ended.
local function generate(object, options)
  options = checked(options)
  local plan = new_plan(object, options)
  plan.all_in_key = #plan.references > 0 and #plan.own == 0
  for name in pairs(plan.keys) do plan.all_in_key = plan.all_in_key and plan.decided[name] end
  local index, made, taken = object.generated, 0, 0
  while made < options.count do
    index = index + 1
    local row = make(plan, index)
    if is_taken(plan, row) then
      taken = taken + 1
      if taken > TAKEN_MAX then error(("generate(): object %s: %d keys in a row are taken"):format(object.name, taken), 0) end
    else
      insert(plan, row)
      made, taken = made + 1, 0
    end
    if index % BATCH == 0 then core.made() end
  end
  object.generated = index
  return object
end

--- Add `count` made-up rows. Options: count, seed (1), nulls (0.1), columns = {name = generator}. Returns the object.
function core.generate(object, options)
  local done, result = pcall(generate, object, options)
  if not done then error(result, tostring(result):find("^[^:\n]+:%d+: ") and 0 or 2) end -- a column's function has its own place
  return result
end
