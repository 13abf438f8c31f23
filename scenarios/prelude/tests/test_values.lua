-- Values are equal by datatype (R-4), rows match in any order.
local tests = {}

tests["numbers are compared as decimals, without floating point"] = function(case)
  local values = require "prelude.values"
  for _, same in ipairs { { 5, "5.0" }, { 5.0, "5" }, { "1e3", 1000 }, { 0.1, "0.10" }, { "-0", 0 }, { "007", 7 } } do
    case.ok(values.equal(same[1], same[2], "number"), same[1] .. " = " .. same[2])
  end
  for _, other in ipairs { { 5, "5.1" }, { "9007199254740993", "9007199254740992" }, { 1, "x" }, { 1, "" }, { 1, -1 }, { 1, "1e" } } do
    case.ok(not values.equal(other[1], other[2], "number"), other[1] .. " ~= " .. other[2])
  end
end

tests["booleans have four spellings"] = function(case)
  local values = require "prelude.values"
  for _, spelling in ipairs { true, 1, "1", "true", 1.0 } do
    case.ok(values.equal(true, spelling, "boolean") and values.equal(true, spelling), tostring(spelling))
    case.ok(not values.equal(false, spelling, "boolean"), tostring(spelling))
  end
  case.ok(not values.equal(true, "yes", "boolean"))
  case.ok(not values.equal(true, 2, "boolean"))
end

tests["null and absent are the same, and the empty string is neither"] = function(case)
  local values, null = require "prelude.values", require("foundry").null
  case.ok(values.equal(null, nil) and values.equal(nil, null))
  case.ok(not values.equal("", nil) and not values.equal(0, null))
end

tests["strings and dates are compared letter for letter"] = function(case)
  local values = require "prelude.values"
  case.ok(not values.equal("5", "5.0", "string"))
  case.ok(not values.equal("2020-01-01", "2020-01-01T00:00:00Z", "date"))
  case.ok(values.equal("5", "5.0", "number"))
end

tests["tables are equal member by member"] = function(case)
  local values = require "prelude.values"
  case.ok(values.equal({ a = { 1, 2 } }, { a = { 1, "2" } }))
  case.ok(not values.equal({ a = 1 }, { a = 1, b = 2 }))
  case.ok(not values.equal({ a = 1 }, 1))
end

tests["rows match in any order, by the columns that are named"] = function(case)
  local rows = require "prelude.rows"
  local list = rows.new { { Id = 2, Name = "B" }, { Id = 1, Name = "A" } }
  case.ok(rows.match({ { Name = "A" }, { Name = "B" } }, list))
  case.ok(not rows.match({ { Name = "A" } }, list), "as many rows")
  case.ok(not rows.match({ { Name = "A" }, { Name = "A" } }, list), "each row once")
end

tests["a row that fits twice makes room for one that fits once"] = function(case)
  local rows = require "prelude.rows"
  local list = rows.new { { A = 1, B = 1 }, { A = 1, B = 2 } }
  case.ok(rows.match({ { A = 1 }, { A = 1, B = 1 } }, list))
end

tests["a list of rows compares by its columns' datatypes and hides nulls"] = function(case)
  local rows, null = require "prelude.rows", require("foundry").null
  local list = rows.new({ { Salary = "5.0", Name = null } }, { Salary = "number" })
  case.equal(list[1].Name, nil)
  case.equal(list:count(), 1)
  case.ok(rows.match({ { Salary = "5" } }, list))
  case.equal(#list:where { Salary = 5 }, 1)
  case.equal(#list:where { Salary = 6 }, 0)
end

tests["text shows keys in order, nulls and long values cut"] = function(case)
  local text, null = require "prelude.text", require("foundry").null
  case.equal(text.show { b = 1, a = null, c = { 1, "x" } }, '{ a = null, b = 1, c = { 1, "x" } }')
  case.equal(text.show_rows {}, "no rows")
  case.ok(#text.show(("ä"):rep(500)) < 420)
  case.ok(utf8.len(text.show(("ä"):rep(500))), "cut between characters")
end

return tests
