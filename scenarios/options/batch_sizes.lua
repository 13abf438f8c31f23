-- uploadBatchSize and downloadBatchSize: numbers, numeric texts and everything else (OPT-06 to OPT-08).
-- Uploads are judged by what arrives in a request. How a server cuts its pages is its own matter: downloads are
-- judged by the size that the first request of a sync asks for.
local foundry = require "foundry"
local company = require "lib.company"
local options = require "lib.options"

---The page size that a download asks for: a number, or "everything" for 0 and for none, "nothing" where there is no request.
local function asked_size(request)
  if request.missing then return "nothing" end
  local size = tonumber(request.query["$batchsize"] or "0")
  if size == 0 then return "everything" end
  return size
end

local default_upload = { 50, 1 }
local by_twenty = { 20, 20, 11 }

local upload_sizes = {
  { name = "an absent uploadBatchSize means batches of 50", value = nil, sizes = default_upload },
  { name = "uploadBatchSize 0 means batches of 50", value = 0, sizes = default_upload },
  { name = "uploadBatchSize -1 means batches of 50", value = -1, sizes = default_upload },
  { name = 'uploadBatchSize "0" as a text means batches of 50', value = "0", sizes = default_upload },
  { name = 'uploadBatchSize "20" as a text cuts 51 edits into 20, 20 and 11', value = "20", sizes = by_twenty },
  { name = "uploadBatchSize 20 cuts 51 edits into 20, 20 and 11", value = 20, sizes = by_twenty },
  { name = "uploadBatchSize 51 sends 51 edits in one batch", value = 51, sizes = { 51 } },
}

for _, case in ipairs(upload_sizes) do
  scenario(case.name) {
    covers = { "OPT-06" },
    needs = { "localCrud" },
    run = function(t)
      local organization, employees = company.organization(t)
      local app = t:app():setup()
      options.edits(app, 51)
      t.expect(app:sync(options.organization { uploadBatchSize = case.value, syncType = "uploadOnly" })):succeeds()
      t.expect(organization:uploads()):has_sizes(case.sizes)
      t.expect(#employees:rows()):equals(51)
    end,
  }
end

scenario "uploadBatchSize holds at service level too, over all objects of the service" {
  covers = { "OPT-06" },
  needs = { "localCrud", "serviceLevel" },
  run = function(t)
    local organization = company.with_notes(t)
    local app = t:app():setup()
    options.edits(app, 2)
    app:create("Note", { Id = "n1", Text = "one" })
    app:create("Note", { Id = "n2", Text = "two" })
    app:create("Employee", { Name = "last" })
    t.expect(app:service("Organization"):sync { uploadBatchSize = "3" }):succeeds()
    t.expect(organization:uploads()):has_sizes { 3, 2 }
  end,
}

local download_sizes = {
  { name = "an absent downloadBatchSize asks for pages of 500", value = nil, asked = 500 },
  { name = "downloadBatchSize 2 asks for pages of 2", value = 2, asked = 2 },
  { name = 'downloadBatchSize "2" as a text asks for pages of 2', value = "2", asked = 2 },
  { name = "downloadBatchSize 0 asks for everything", value = 0, asked = "everything" },
  { name = 'downloadBatchSize "0" as a text asks for everything', value = "0", asked = "everything" },
}

for _, case in ipairs(download_sizes) do
  scenario(case.name) {
    covers = { "OPT-07" },
    run = function(t)
      local organization, employees = company.organization(t)
      company.hire(employees, 5)
      local app = t:app():setup()
      t.expect(app:sync(options.organization { downloadBatchSize = case.value })):succeeds()
      t.expect(asked_size(options.first(organization:downloads()))):equals(case.asked)
      t.expect(#app:rows("Employee")):equals(5)
    end,
  }
end

scenario "with an absent downloadBatchSize 501 records come down, with 0 they do too" {
  covers = { "OPT-07" },
  run = function(t)
    local _, employees = company.organization(t)
    company.hire(employees, 501)
    local paged = t:app({ name = "paged" }):setup()
    t.expect(paged:sync()):succeeds()
    t.expect(#paged:rows("Employee")):equals(501)
    local whole = t:app({ name = "whole" }):setup()
    t.expect(whole:sync(options.organization { downloadBatchSize = 0 })):succeeds()
    t.expect(#whole:rows("Employee")):equals(501)
  end,
}

scenario "downloadBatchSize holds at object level too" {
  covers = { "OPT-07" },
  needs = { "objectLevel" },
  run = function(t)
    local organization, employees = company.organization(t)
    company.hire(employees, 5)
    local app = t:app():setup()
    t.expect(app:object("Employee"):sync { downloadBatchSize = "2" }):succeeds()
    t.expect(asked_size(options.first(organization:downloads()))):equals(2)
    t.expect(#app:rows("Employee")):equals(5)
  end,
}

local not_numeric = {
  { name = "a word", value = "many" },
  { name = "the empty text", value = "" },
  { name = "true", value = true },
  { name = "null", value = foundry.null },
  { name = "an object", value = { size = 20 } },
}

for _, case in ipairs(not_numeric) do
  scenario("a batch size that is " .. case.name .. " means the default, up and down") {
    covers = { "OPT-08" },
    needs = { "localCrud" },
    run = function(t)
      local organization = company.organization(t)
      local app = t:app():setup()
      options.edits(app, 51)
      local sizes = { uploadBatchSize = case.value, downloadBatchSize = case.value }
      t.expect(app:sync(options.organization(sizes))):succeeds()
      t.expect(organization:uploads()):has_sizes(default_upload)
      t.expect(asked_size(options.first(organization:downloads()))):equals(500)
    end,
  }
end

scenario "a negative downloadBatchSize means the default" {
  covers = { "OPT-08" },
  run = function(t)
    local organization = company.organization(t)
    local app = t:app():setup()
    for _, size in ipairs { -1, "-20" } do
      local later = options.from_now(t)
      t.expect(app:sync(options.organization { downloadBatchSize = size })):succeeds()
      t.expect(asked_size(options.first(organization:downloads():where(later)))):equals(500)
    end
  end,
}

-- What counts as a number is our own reading: judged on downloads, where one request tells.
local readings = {
  { value = " 20 ", asked = 20 }, { value = "+20", asked = 20 }, { value = "020", asked = 20 },
  { value = "20.5", asked = 500 }, { value = 20.5, asked = 500 }, { value = "0x14", asked = 500 }, { value = "2e1", asked = 500 },
  { value = "20 30", asked = 500 }, { value = "99999999999999999999", asked = 500 },
}

for _, case in ipairs(readings) do
  scenario(("downloadBatchSize %s is read as %d"):format(foundry.encode(case.value), case.asked)) {
    covers = { "OPT-08/numeric" },
    run = function(t)
      local organization, employees = company.organization(t)
      employees:insert { Name = "Ada" }
      local app = t:app():setup()
      t.expect(app:sync(options.organization { downloadBatchSize = case.value })):succeeds()
      t.expect(asked_size(options.first(organization:downloads()))):equals(case.asked)
    end,
  }
end
