-- The figures in progress events equal what the server saw (PRG-03). A figure that a port leaves out is not judged,
-- but one of them has to be there.
local company = require "lib.company"
local counts = require "lib.counts"
local options = require "lib.options"
local progress = require "lib.progress"

local with_progress = { callbacks = { "success", "failure", "progress" } }

---Judge the figure `key` of each event of a list by `allowed(n, value)`. Returns how many there were.
local function judge(t, events, key, allowed)
  local judged = 0
  for n, event in ipairs(events) do
    local value = tonumber(event[key])
    if value then
      judged = judged + 1
      t.expect(allowed(n, value)):is_true(("%s %s %d: %s is %s"):format(event.phase, event.state, n, key, value))
    end
  end
  return judged
end

---The figures that stand alone.
local function exactly(number)
  return function(_, value) return value == number end
end

---The figures that count batches, each by itself or all so far.
local function by_batch(list, events)
  return function(n, value) return counts.allows(list, n, #events, value) end
end

local function expect_figures(t, events, seen)
  local function of(phase, state) return progress.only(events, phase, state) end
  local entries = counts.total(seen.sent)
  local judged = judge(t, of("Sync", "Started"), "totalObjectsToSync", exactly(seen.objects))
    + judge(t, of("Upload", "InProgress"), "totalRecordsToUpload", function(n, value)
      return value == entries or counts.allows(seen.sent, n, 1, value)
    end)
    + judge(t, of("Upload", "Ended"), "totalUploadedRecords", by_batch(seen.accepted, of("Upload", "Ended")))
    + judge(t, of("Download", "Ended"), "totalDownloadedRecords", by_batch(seen.received, of("Download", "Ended")))
    + judge(t, of("Sync", "Ended"), "totalUploadedRecords", exactly(counts.total(seen.accepted)))
    + judge(t, of("Sync", "Ended"), "totalDownloadedRecords", exactly(counts.total(seen.received)))
  t.expect(judged > 0):is_true("there is a figure in the progress events")
end

---Batch numbers of a download's events begin with 1 and go up to at most the last page's.
local function expect_batch_numbers(t, events, pages)
  local last = 1
  for _, event in ipairs(progress.only(events, "Download")) do
    local number = tonumber(event.batchNumber)
    if number then
      t.expect(number >= last and number <= pages):is_true(("batchNumber %s follows %s"):format(number, last))
      last = number
    end
  end
end

local function seen_by(service, objects)
  return {
    objects = objects,
    sent = counts.each(service:uploads(), function(upload) return #upload.records end),
    accepted = counts.each(service:uploads(), counts.accepted),
    received = counts.each(service:downloads(), counts.received),
  }
end

scenario "the figures in the progress of a service sync equal what the server saw" {
  covers = { "PRG-03" },
  needs = { "localCrud", "progress", "serviceLevel" },
  channel = { "android", "ios", "windows" },
  run = function(t)
    local organization, employees, notes = company.with_notes(t)
    company.hire(employees, 5)
    notes:insert { { Id = "n1", Text = "one" }, { Id = "n2", Text = "two" } }
    local app = t:app():setup()
    options.edits(app, 3)
    local result = app:service("Organization"):sync({ uploadBatchSize = 2, downloadBatchSize = 3 }, with_progress)
    t.expect(result):succeeds()
    expect_figures(t, result.progress, seen_by(organization, 2))
    expect_batch_numbers(t, result.progress, organization:downloads():count())
  end,
}

scenario "the figures in the progress of an object sync equal what the server saw, deleted rows included" {
  covers = { "PRG-03" },
  needs = { "localCrud", "objectLevel", "progress" },
  channel = { "android", "ios", "windows" },
  run = function(t)
    local organization, employees = company.organization(t)
    local hired = company.hire(employees, 4)
    local app = t:app():setup()
    t.expect(app:object("Employee"):sync()):succeeds()
    employees:delete(hired[1].EmpId)
    employees:update(hired[2].EmpId, { Salary = 7 })
    options.edits(app, 1)

    local later = options.from_now(t)
    local result = app:object("Employee"):sync({}, with_progress)
    t.expect(result):succeeds()
    local uploads, downloads = organization:uploads():where(later), organization:downloads():where(later)
    expect_figures(t, result.progress, {
      objects = 1,
      sent = counts.each(uploads, function(upload) return #upload.records end),
      accepted = counts.each(uploads, counts.accepted),
      received = counts.each(downloads, counts.received),
    })
  end,
}

scenario "the figures in the progress of a sync without any work are zero" {
  covers = { "PRG-03" },
  needs = { "progress", "serviceLevel" },
  channel = { "android", "ios", "windows" },
  run = function(t)
    local organization = company.organization(t)
    local result = t:app():setup():service("Organization"):sync({}, with_progress)
    t.expect(result):succeeds()
    expect_figures(t, result.progress, seen_by(organization, 1))
  end,
}
