-- The small company that most scenarios sync, and questions to its journal.
-- Every function makes fresh services in the scenario's own world; nothing is shared between scenarios.
local foundry = require "foundry"

local company = {}

---A department whose key the back end generates: the parent in `with_departments`.
company.department_model = {
  key = { "DeptId" },
  fields = {
    { name = "DeptId", datatype = "number", nullable = false, auto_generated = true },
    { name = "Title", datatype = "string", nullable = false },
  },
}

---Service "Organization" with the object "Employee".
---@param options? table the service's options
---@return Service organization, Object employees
function company.organization(t, options)
  local organization = t.server:service("Organization", options)
  return organization, organization:object("Employee", foundry.model.employee)
end

---Service "Sales" with the object "Note", whose keys the app gives.
---@return Service sales, Object notes
function company.sales(t, options)
  local sales = t.server:service("Sales", options)
  return sales, sales:object("Note", foundry.model.note)
end

---Service "Organization" whose employees belong to departments with generated keys.
---@return Service organization, Object employees, Object departments
function company.with_departments(t, options)
  local organization = t.server:service("Organization", options)
  local departments = organization:object("Department", company.department_model)
  local employees = organization:object("Employee", foundry.model.employee)
  organization:relate {
    name = "Employees", type = "OneToMany", from = departments, to = employees,
    source_fields = { "DeptId" }, target_fields = { "DeptId" },
  }
  return organization, employees, departments
end

---Service "Organization" with two objects that know nothing of each other.
---@return Service organization, Object employees, Object notes
function company.with_notes(t, options)
  local organization, employees = company.organization(t, options)
  return organization, employees, organization:object("Note", foundry.model.note)
end

---Insert employees called "<prefix> 1" … "<prefix> n" into the back end.
function company.hire(employees, count, prefix)
  local rows = {}
  for i = 1, count do rows[i] = { Name = (prefix or "Employee") .. " " .. i } end
  return employees:insert(rows)
end

---The uploads and downloads of a service: what sequence and parallelism are judged by.
---@return Requests
function company.traffic(service)
  return service:requests():where(function(request)
    return request.kind == "upload" or request.kind == "download"
  end)
end

---The records of all requests of a list, one after the other.
function company.records_of(requests)
  local records = {}
  for _, request in ipairs(requests) do
    for _, record in ipairs(request.records) do records[#records + 1] = record end
  end
  return records
end

---How many of the requests made the back end work.
function company.executions(requests)
  local count = 0
  for _, request in ipairs(requests) do
    if request.executed then count = count + 1 end
  end
  return count
end

---How one service ended within a result: "success", "failure" or nil.
function company.end_of(result, name)
  local _, how = result:service(name)
  return how
end

---Did a sync end in success, or with the code of a cancelled one?
function company.is_cancelled_or_done(result) return result.outcome == "success" or result.code == 2478 end

local function has(row, wanted)
  for column, value in pairs(wanted) do
    if row[column] ~= value then return false end
  end
  return true
end

---How many rows of a list have these values.
function company.count(rows, wanted)
  local count = 0
  for _, row in ipairs(rows) do
    if has(row, wanted) then count = count + 1 end
  end
  return count
end

---The first row of a list that has these values.
function company.find(rows, wanted)
  for _, row in ipairs(rows) do
    if has(row, wanted) then return row end
  end
end

return company
