-- Values come back equal (DNL-12).
local foundry = require "foundry"
local company = require "lib.company"

---Every text goes down to the app in one row and up from it in another, and is the same on both sides.
local function round_trip(t, texts)
  local _, _, notes = company.with_notes(t)
  local expected = {}
  for i, text in ipairs(texts) do
    notes:insert { Id = "down " .. i, Text = text }
    expected[#expected + 1] = { Id = "down " .. i, Text = text }
  end
  local app = t:app():setup()
  t.expect(app:sync()):succeeds()
  t.expect(app:rows("Note")):equals(expected)
  for i, text in ipairs(texts) do
    app:create("Note", { Id = "up " .. i, Text = text })
    expected[#expected + 1] = { Id = "up " .. i, Text = text }
  end
  t.expect(app:sync()):succeeds()
  t.expect(notes:rows()):equals(expected)
  t.expect(app:rows("Note")):equals(expected)
end

scenario "texts of every alphabet, quotes and control characters come back equal" {
  covers = { "DNL-12" },
  needs = { "localCrud" },
  run = function(t)
    round_trip(t, {
      "Grüße, Ελληνικά, עברית, 日本語", "emoji \u{1F600} and \u{10FFFF}", "e\u{301} is not \u{e9}",
      "quotes ' \" ` and \\ and /", "line\nfeed, tab\t, return\r", "'; DROP TABLE Note; --", "%20 + & = ?", "  blanks  ",
      "null", "true", "0", "\u{1} \u{1f} \u{7f}", "\u{2028}\u{2029}\u{feff}",
    })
  end,
}

scenario "records of half a mebibyte come back equal" {
  covers = { "DNL-12" },
  needs = { "localCrud" },
  run = function(t)
    round_trip(t, { string.rep("abcdefgh", 64 * 1024 - 32), string.rep("ä", 1000), string.rep("\"", 1000) })
  end,
}

scenario "records of a mebibyte come back equal where the port claims it" {
  covers = { "DNL-12" },
  needs = { "localCrud", "largeRecords" },
  run = function(t)
    round_trip(t, { string.rep("0123456789abcdef", 64 * 1024) })
  end,
}

---Numbers of the back end come down, and numbers of the app go up: both sides have them all.
local function round_trip_of_numbers(t, numbers)
  local _, employees = company.organization(t)
  local expected = {}
  for i, number in ipairs(numbers) do
    expected[i] = { Name = "number " .. i, Salary = number }
    employees:insert(expected[i])
  end
  local app = t:app():setup()
  t.expect(app:sync()):succeeds()
  t.expect(app:rows("Employee")):equals(expected)
  for i, number in ipairs(numbers) do
    local row = { Name = "own number " .. i, Salary = number }
    expected[#expected + 1] = row
    app:create("Employee", row)
  end
  t.expect(app:sync()):succeeds()
  t.expect(employees:rows()):equals(expected)
  t.expect(app:rows("Employee")):equals(expected)
end

scenario "decimals come back equal, zero is not nothing" {
  covers = { "DNL-12" },
  needs = { "localCrud" },
  run = function(t)
    round_trip_of_numbers(t, { 0, -1, 0.1, 12.5, -0.001, 1e6, 123456.789, 2147483648 })
  end,
}

scenario "integers above 2^53 come back equal where the port claims it" {
  covers = { "DNL-12" },
  needs = { "localCrud", "int64" },
  run = function(t)
    round_trip_of_numbers(t, { "9007199254740993", "-9007199254740993", "9223372036854775807", "-9223372036854775808" })
  end,
}

scenario "dates come back letter for letter, and booleans as booleans" {
  covers = { "DNL-12" },
  needs = { "localCrud" },
  run = function(t)
    local _, employees = company.organization(t)
    local dates = { "2024-02-29", "2024-02-29T23:59:59Z", "2024-02-29 23:59:59.123", "1842-10-01T00:00:00+05:30" }
    local expected = {}
    for i, date in ipairs(dates) do
      expected[i] = { Name = "date " .. i, HiredOn = date, Active = i % 2 == 0 }
      employees:insert(expected[i])
    end
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    for i, row in ipairs(app:rows("Employee")) do t.expect(row.HiredOn):equals(expected[i].HiredOn) end
    t.expect(app:rows("Employee")):equals(expected)
    for i, date in ipairs(dates) do
      local row = { Name = "own date " .. i, HiredOn = date, Active = i % 2 == 1 }
      expected[#expected + 1] = row
      app:create("Employee", row)
    end
    t.expect(app:sync()):succeeds()
    t.expect(employees:rows()):equals(expected)
  end,
}

scenario "the empty text is a value and nothing is nothing" {
  covers = { "DNL-12" },
  run = function(t)
    local _, employees = company.organization(t)
    employees:insert { Name = "empty", Notes = "" }
    employees:insert { Name = "nothing", Notes = foundry.null }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    for _, row in ipairs(app:rows("Employee")) do
      if row.Name == "empty" then t.expect(row.Notes):equals("") else t.expect(row.Notes):is_nil() end
    end
  end,
}
