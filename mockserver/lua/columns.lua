-- Column generators: values for the cells of made-up rows.
-- A cell's value depends on seed, object, column and the row's number alone: the same on every machine and in every
-- run, whatever other columns or rows are made beside it.
local core = ...

local Random = {}
Random.__index = Random

-- The last step of splitmix64: each bit of the result hangs on each bit of `x`.
local function mix(x)
  x = (x ~ (x >> 30)) * 0xBF58476D1CE4E5B9
  x = (x ~ (x >> 27)) * 0x94D049BB133111EB
  return x ~ (x >> 31)
end

--- A number for the texts and integers given: where a column's chance begins.
function core.seed(...)
  local state = 0x9E3779B97F4A7C15
  for _, part in ipairs { ... } do
    if math.type(part) == "integer" then
      state = mix(state ~ part)
    else
      for i = 1, #part do state = (state ~ part:byte(i)) * 0x100000001B3 end
      state = mix(state)
    end
  end
  return state
end

--- The chance of one cell.
function core.random(seed, index)
  return setmetatable({ state = mix(seed + index * 0x9E3779B97F4A7C15) }, Random)
end

local function next_bits(random)
  random.state = random.state + 0x9E3779B97F4A7C15
  return mix(random.state) >> 1
end

--- An integer from `least` to `most`.
function Random:integer(least, most) return least + next_bits(self) % (most - least + 1) end
--- True in `share` of all cases, 0 to 1.
function Random:chance(share) return next_bits(self) % 1000000 < share * 1000000 end
function Random:pick(list) return list[1 + next_bits(self) % #list] end
function Random:digits(count)
  local digits = {}
  for i = 1, count do digits[i] = self:integer(0, 9) end
  return table.concat(digits)
end

-- ---- words ----

local function split(text)
  local list = {}
  for word in text:gmatch("[^,]+") do list[#list + 1] = word:match("^%s*(.-)%s*$") end
  return list
end

local FIRST = split [[Ada, Grace, Alan, Edsger, Barbara, Donald, Frances, Ken, Margaret, Dennis, Zoë, José, Łukasz, Søren,
  Nguyễn, Ólafur, Chloé, Jürgen, İpek, Siobhán, Aisha, Yuki, 美咲, Дмитрий, Ελένη, محمد, Priya, Kwame, Leilani, Mateo]]
local LAST = split [[Lovelace, Hopper, Turing, Dijkstra, Liskov, Knuth, Allen, Thompson, Hamilton, Ritchie, O'Brien, Müller,
  García, Nowak, Sørensen, Văn, d'Angelo, van der Berg, Ó Súilleabháin, Yılmaz, Kaya, Tanaka, 山田, Иванов, Παπαδόπουλος,
  الحسن, Sharma, Mensah, Kealoha, Ångström]]
local CITIES = split [[Aachen, Bogotá, Chennai, Dakar, Edinburgh, Fès, Genève, Hanoi, İzmir, Jūrmala, Kraków, Lima, München,
  Nairobi, Ōsaka, Praha, Québec, Reykjavík, São Paulo, Tromsø, Uppsala, València, Wien, Xi'an, Yangon, Zürich]]
local COUNTRIES = split [[Argentina, Brazil, Canada, Côte d'Ivoire, Denmark, Estonia, France, Germany, India, Japan, Kenya,
  México, Norway, Poland, Senegal, Türkiye, Vietnam]]
local STREETS = split "Main Street, Station Road, Mill Lane, Rue de l'Église, Bahnhofstraße, Calle Mayor, Linden Avenue, Harbour Way"
local COMPANIES = split "Northwind, Acme, Globex, Initech, Umbra & Sons, Blue Yonder, Contour, Halle 9, Fjord AS, Litware"
local ENDINGS = split "Ltd., Inc., GmbH, S.A., & Co. KG, AB"
local ADJECTIVES = split "light, heavy, folding, blue, quiet, spare, outdoor, compact, steel, oak, digital, second"
local NOUNS = split "lamp, chair, pump, valve, cable, filter, bracket, monitor, kettle, sensor, battery, ladder"
local WORDS = split [[order, meter, north, paper, signal, window, garden, copper, ticket, market, river, engine, letter,
  summer, button, planet, forest, silver, bridge, corner, number, yellow, basket, pencil]]

-- Text that breaks what is not careful: quotes of SQL, JSON and OData, escapes, several scripts, marks that combine, letters
-- outside the basic plane, directions, what looks like a number or like nothing.
local HARD = {
  "O'Brien said \"hi\"", "back\\slash / slash", "tab\there", "two\nlines", "100 % & <b>?#", "naïve café", "cafe\u{301}",
  "Straße ẞ", "日本語テキスト", "한국어", "Привет", "שלום עולם", "مرحبا بالعالم", "ไทย", "हिन्दी", "👩‍👩‍👧‍👦 family", "🇪🇺 flag",
  "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "zero\u{200B}width", "\u{202E}reversed", "ﬁ ligature", "İstanbul ı", "007", "1e5", "null", "true", " padded ",
  "';DROP TABLE row;--", "$filter=a eq 'b'", "[\"json\"]", "\u{FEFF}bom", "\u{10FFFF}",
}

-- ---- dates ----

-- The day of the civil calendar that lies `days` after 1970-01-01.
local function civil(days)
  local z = days + 719468
  local era = z // 146097
  local doe = z - era * 146097
  local yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
  local doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
  local mp = (5 * doy + 2) // 153
  local month = mp < 10 and mp + 3 or mp - 9
  return ("%04d-%02d-%02d"):format(yoe + era * 400 + (month <= 2 and 1 or 0), month, doy - (153 * mp + 2) // 5 + 1)
end
core.civil = civil

local FIRST_DAY, LAST_DAY = 16436, 20453 -- 2015-01-01, 2025-12-31

-- ---- the table ----

local function capital(word) return word:sub(1, 1):upper() .. word:sub(2) end

local function words(random, least, most)
  local list = {}
  for i = 1, random:integer(least, most) do list[i] = random:pick(WORDS) end
  return table.concat(list, " ")
end

local function ascii(name) return (name:lower():gsub("[^%a]", "")) end

--- name -> function(random, index): index counts the rows from 1.
local columns = {
  first_name = function(random) return random:pick(FIRST) end,
  last_name = function(random) return random:pick(LAST) end,
  name = function(random) return random:pick(FIRST) .. " " .. random:pick(LAST) end,
  company = function(random) return random:pick(COMPANIES) .. " " .. random:pick(ENDINGS) end,
  product = function(random) return capital(random:pick(ADJECTIVES)) .. " " .. random:pick(NOUNS) .. " " .. random:digits(3) end,
  email = function(random, index)
    return ("%s.%d@example.com"):format((ascii(random:pick(FIRST)) .. "x"):sub(1, 12), index)
  end,
  phone = function(random) return "+1-555-" .. random:digits(3) .. "-" .. random:digits(4) end,
  street = function(random) return random:integer(1, 200) .. " " .. random:pick(STREETS) end,
  city = function(random) return random:pick(CITIES) end,
  country = function(random) return random:pick(COUNTRIES) end,
  code = function(random) return string.char(random:integer(65, 90), random:integer(65, 90)) .. "-" .. random:digits(5) end,
  uuid = function(random)
    return ("%08x-%04x-4%03x-%04x-%012x"):format(random:integer(0, 0xFFFFFFFF), random:integer(0, 0xFFFF),
      random:integer(0, 0xFFF), random:integer(0x8000, 0xBFFF), random:integer(0, 0xFFFFFFFFFFFF))
  end,
  word = function(random) return random:pick(WORDS) end,
  title = function(random) return capital(words(random, 1, 3)) end,
  sentence = function(random) return capital(words(random, 4, 9)) .. "." end,
  text = function(random)
    local list = {}
    for i = 1, random:integer(2, 4) do list[i] = capital(words(random, 4, 9)) .. "." end
    return table.concat(list, " ")
  end,
  unicode = function(random) return random:pick(HARD) end,
  -- as text of digits, which a number column takes as they are: 12.30 stays 12.30
  money = function(random) return ("%d.%02d"):format(random:integer(0, 9999), random:integer(0, 99)) end,
  quantity = function(random) return random:integer(1, 50) end,
  integer = function(random) return random:integer(0, 1000000) end,
  decimal = function(random) return ("%d.%04d"):format(random:integer(-999, 999), random:integer(0, 9999)) end,
  large = function(random) return random:integer(9007199254740993, math.maxinteger) end, -- what doubles cannot hold
  year = function(random) return random:integer(1970, 2030) end,
  boolean = function(random) return random:integer(0, 1) == 1 end,
  date = function(random) return civil(random:integer(FIRST_DAY, LAST_DAY)) end,
  timestamp = function(random)
    return ("%sT%02d:%02d:%02dZ"):format(civil(random:integer(FIRST_DAY, LAST_DAY)), random:integer(0, 23),
      random:integer(0, 59), random:integer(0, 59))
  end,
  index = function(_, index) return index end,
  binary = function(random) -- base64 of 3 to 48 bytes
    local LETTERS, list = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", {}
    for i = 1, 4 * random:integer(1, 16) do
      local at = random:integer(1, 64)
      list[i] = LETTERS:sub(at, at)
    end
    return table.concat(list)
  end,
}
core.columns = columns

-- What a column's name says about its values: the first part that is found in it, in lower case, counts.
local GUESSES = {
  string = {
    { "firstname", "first_name" }, { "lastname", "last_name" }, { "company", "company" }, { "customername", "company" },
    { "productname", "product" }, { "name", "name" }, { "mail", "email" }, { "phone", "phone" }, { "street", "street" },
    { "address", "street" }, { "city", "city" }, { "country", "country" }, { "uuid", "uuid" }, { "guid", "uuid" },
    { "code", "code" }, { "sku", "code" }, { "number", "code" }, { "notes", "sentence" }, { "comment", "sentence" },
    { "description", "text" }, { "text", "text" }, { "date", "date" }, { "", "title" },
  },
  number = {
    { "price", "money" }, { "amount", "money" }, { "total", "money" }, { "salary", "money" }, { "cost", "money" },
    { "quantity", "quantity" }, { "count", "quantity" }, { "year", "year" }, { "", "integer" },
  },
  date = { { "time", "timestamp" }, { "changed", "timestamp" }, { "modified", "timestamp" }, { "updated", "timestamp" }, { "", "date" } },
  boolean = { { "", "boolean" } },
  binary = { { "", "binary" } },
}

--- The name of the generator for a field of a model.
function core.guess(field)
  local name = field.name:lower():gsub("_", "")
  for _, guess in ipairs(GUESSES[field.datatype]) do
    if name:find(guess[1], 1, true) then return guess[2] end
  end
end
