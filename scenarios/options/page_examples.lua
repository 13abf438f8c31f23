-- The option sets of the API page's three examples (OPT-21), letter for letter but for three repairs: the service
-- name trimmed, typographic quotes made straight, Java's calls of a map made put().
local company = require "lib.company"
local options = require "lib.options"

---The page's Organization: employees with an EmployeeID, departments with a Name.
local function page_organization(t)
  local organization = t.server:service("Organization")
  local employees = organization:object("Employee", {
    key = { "EmployeeID" },
    fields = {
      { name = "EmployeeID", datatype = "number", nullable = false },
      { name = "FirstName", datatype = "string", nullable = false },
    },
  })
  local departments = organization:object("Department", {
    key = { "DepartmentID" },
    fields = {
      { name = "DepartmentID", datatype = "number", nullable = false },
      { name = "Name", datatype = "string", nullable = false },
    },
  })
  employees:insert { { EmployeeID = 1, FirstName = "Ada" }, { EmployeeID = 2, FirstName = "Grace" } }
  departments:insert { { DepartmentID = 10, Name = "Human Resource" }, { DepartmentID = 20, Name = "Engines" } }
  return organization, employees
end

local function javascript(service_name)
  return {
    syncMode = "parallel",
    objectServicesOptions = {
      [service_name] = {
        getSyncStats = "true",
        uploadBatchSize = "200",
        uploadRequestQueryParams = { LocationID = "32001", SiteID = "2" },
        syncType = "uploadOnly",
      },
    },
  }
end

local function java()
  return {
    syncMode = "parallel",
    objectServicesOptions = {
      Organization = {
        uploadBatchSize = "100",
        getSyncStats = "true",
        syncType = "uploadOnly",
        uploadRequestQueryParams = { LocationID = "32001", SiteID = "2" },
      },
    },
  }
end

local function objective_c()
  return {
    syncMode = "parallel",
    objectServicesOptions = {
      Organization = {
        uploadRequestQueryParams = { LocationID = "32001", SiteID = "2" },
        filter = { Employee = "EmployeeID eq 2", Department = "Name eq 'Human Resource'" },
        downloadBatchSize = "100",
        uploadBatchSize = "200",
        getSyncStats = "true",
        syncType = "fullSync",
      },
    },
  }
end

local function expect_page_params(t, upload)
  t.expect(upload.query.LocationID):equals("32001")
  t.expect(upload.query.SiteID):equals("2")
end

---An uploadOnly example: 101 edits show the batch size, the query and that nothing comes down.
local function expect_upload_example(t, given, sizes)
  local organization, employees = page_organization(t)
  local app = t:app():setup()
  for i = 1, 101 do app:create("Employee", { EmployeeID = 100 + i, FirstName = "New " .. i }) end
  local result = app:sync(given)
  t.expect(result):succeeds()
  t.expect(organization:uploads()):has_sizes(sizes)
  for _, upload in ipairs(organization:uploads()) do expect_page_params(t, upload) end
  t.expect(organization:downloads()):count(0)
  t.expect(#employees:rows()):equals(103)
  t.expect(type(result:stats("Organization"))):equals("table")
end

scenario "the options of the page's JavaScript example work" {
  covers = { "OPT-21" },
  needs = { "localCrud" },
  run = function(t) expect_upload_example(t, javascript("Organization"), { 101 }) end,
}

scenario "the options of the page's Java example work" {
  covers = { "OPT-21" },
  needs = { "localCrud" },
  run = function(t) expect_upload_example(t, java(), { 100, 1 }) end,
}

scenario "the options of the page's Objective-C example work" {
  covers = { "OPT-21" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = page_organization(t)
    local app = t:app():setup()
    app:create("Employee", { EmployeeID = 3, FirstName = "Barbara" })
    local result = app:sync(objective_c())
    t.expect(result):succeeds()
    t.expect(organization:uploads()):has_sizes { 1 }
    expect_page_params(t, options.first(organization:uploads()))
    t.expect(options.first(organization:downloads()).query["$batchsize"]):equals("100")
    t.expect(#employees:rows()):equals(3)
    t.expect(app:rows("Employee")):equals { { FirstName = "Grace" }, { FirstName = "Barbara" } }
    t.expect(app:rows("Department")):equals { { Name = "Human Resource" } }
    t.expect(type(result:stats("Organization"))):equals("table")
  end,
}

scenario "the service name with a blank, as printed, ends in a failure before anything is sent or keeps its options" {
  covers = { "OPT-21/printed" },
  needs = { "localCrud" },
  run = function(t)
    local organization = page_organization(t)
    local app = t:app():setup()
    app:create("Employee", { EmployeeID = 3, FirstName = "Barbara" })
    local result = app:sync(javascript(" Organization"))
    local upload = options.first(organization:uploads())
    t.expect({
      outcome = result.outcome,
      requests = company.traffic(organization):count(),
      downloads = organization:downloads():count(),
      site = upload.query.SiteID,
    }, "OPT-21/printed"):one_of {
      refused = function(seen) return seen.outcome ~= "success" and seen.requests == 0 end,
      trimmed = function(seen) return seen.outcome == "success" and seen.site == "2" and seen.downloads == 0 end,
    }
  end,
}
