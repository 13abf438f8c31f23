-- Metadata and service documents that must fail a setup (SET-04, SET-06, SET-01/key).
local company = require "lib.company"
local foundry = require "foundry"
local failures = require "lib.failures"

local function object_of(metadata) return metadata.namespaces[1].objects[1] end

local faults = {
  { title = "without a timestamp", code = 2341, change = function(m) m.timestamp = nil end },
  { title = "without namespaces", code = 2344, change = function(m) m.namespaces = foundry.array {} end },
  { title = "without objects", code = 2345, change = function(m) m.namespaces[1].objects = foundry.array {} end },
  { title = "with an object that has no fields", code = 2349, change = function(m) object_of(m).fields = foundry.array {} end },
  { title = "with a field that has no name", code = 2409, change = function(m) object_of(m).fields[1].name = "" end },
  { title = "with a relationship of an unknown type", code = 2346, change = function(m)
    object_of(m).relationships = foundry.array { { name = "Odd", type = "ManyToNobody", target_object = "Employee",
      source_fields = { "EmpId" }, target_fields = { "EmpId" } } }
  end },
  { title = "with a relationship to an object that is not there", code = 2338, change = function(m)
    object_of(m).relationships = foundry.array { { name = "Lost", type = "OneToMany", target_object = "Nobody",
      source_fields = { "EmpId" }, target_fields = { "EmpId" } } }
  end },
}

for _, fault in ipairs(faults) do
  scenario("metadata " .. fault.title .. " fails the setup with " .. fault.code) {
    covers = { "SET-06" },
    run = function(t)
      local organization = company.organization(t)
      organization:edit_metadata(function(metadata)
        fault.change(metadata)
        return metadata
      end)
      local result = t:app():try_setup()
      t.expect(result):fails()
      t.expect(failures.setup_codes(result)[fault.code] == true):is_true("the code " .. fault.code .. " is told")
    end,
  }
end

scenario "an object without a key fails the setup, and a sync then says that setup is missing" {
  covers = { "SET-01/key", "API-05/code" },
  run = function(t)
    local organization = company.organization(t)
    organization:edit_metadata(function(metadata)
      object_of(metadata).key = foundry.array {}
      return metadata
    end)
    local app = t:app()
    t.expect(app:try_setup(), "SET-01/key"):fails()
    t.expect(app:sync(), "API-05/code"):fails_with("not_set_up")
  end,
}

scenario "after a setup that failed the next one works" {
  covers = { "SET-01" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    organization:on_metadata():once():status(500)
    local app = t:app()
    t.expect(app:try_setup()):fails()
    app:setup()
    t.expect(app:sync()):succeeds()
    t.expect(app:rows("Employee")):equals { { Name = "Ada" } }
  end,
}

scenario "objects of one name in two services fail the setup" {
  covers = { "SET-04" },
  run = function(t)
    company.organization(t)
    t.server:service("Sales"):object("Employee", foundry.model.employee)
    t.expect(t:app():try_setup()):fails()
  end,
}

scenario "objects of one name in services far apart fail the setup, and nothing can be synced" {
  covers = { "SET-04", "API-05" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    company.sales(t)
    local stock = t.server:service("Stock")
    stock:object("Part", company.department_model)
    stock:object("Note", foundry.model.note) -- the second object of the third service, the first of the second
    local app = t:app()
    t.expect(app:try_setup()):fails()
    t.expect(function()
      t.expect(app:service("Organization"):sync(), "API-05"):refused_or_fails()
    end, "API-05"):sends_nothing()
    t.expect(organization:downloads(), "API-05"):count(0)
  end,
}
