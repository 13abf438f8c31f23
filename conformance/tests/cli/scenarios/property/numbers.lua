-- Properties over lists of numbers: they break when 3 comes before 7.
local function numbers(seed)
  local list = {}
  for i = 1, 12 do list[i] = { number = (seed + i) % 12, colour = "blue" } end
  return list
end

local function play(r, list, check)
  local text, seen = "", false
  local done = {}
  for i, step in ipairs(list) do
    done[i] = step
    text = text .. step.number .. (step.colour or "") .. " "
    r.tell_history { steps = done, text = text }
    seen = seen or step.number == 3
    check(not (seen and step.number == 7), text)
  end
end

local function run(check)
  return function(r) play(r, r.history.steps or numbers(r.history.seed), function(ok, text) check(r, ok, text) end) end
end

scenario "3 never comes before 7" {
  covers = { "UPC-02" },
  histories = 5,
  run = run(function(r, ok) r.check { ok = ok, message = "it did" } end),
}

scenario "3 never comes before 7, told with its line" {
  covers = { "UPC-02" },
  histories = 1,
  run = function(r)
    r.tell_history { steps = {}, text = "the first line\n  the second line\n" }
    r.check { ok = false, message = "it did", where = "history 1 of seed 1:2" }
  end,
}

scenario "3 never comes before 7, as a rule" {
  covers = { "UPC-02" },
  histories = 5,
  run = run(function(r, ok) r.observe { id = "API-03", ok = ok, message = "it did" } end),
}

scenario "3 never comes before 7, which only warns" {
  covers = { "API-15" },
  histories = 5,
  run = run(function(r, ok) r.check { ok = ok, message = "it did" } end),
}

scenario "nothing comes before everything" {
  covers = { "UPC-02" },
  histories = 5,
  run = run(function(r) r.check { ok = true } end),
}

scenario "a number of histories that is none" { covers = { "UPC-02" }, histories = 0, run = function() end }

scenario "a scenario that tells a history" {
  covers = { "UPC-02" },
  run = function(r) r.tell_history { steps = {}, text = "" } end,
}
