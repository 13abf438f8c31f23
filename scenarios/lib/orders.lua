-- A hierarchical service: orders with items, and items with tags. Keys are the back end's, so that a child
-- created beside its parent knows it by a temporary key alone.
local orders = {}

local function model(key, parent)
  local fields = {
    { name = key, datatype = "number", nullable = false, auto_generated = true },
    { name = "Title", datatype = "string", nullable = false },
  }
  if parent then fields[3] = { name = parent, datatype = "number", nullable = true } end
  return { key = { key }, fields = fields }
end

local function relate(service, parent, child, key)
  service:relate {
    name = parent.name .. child.name .. "s", type = "OneToMany", from = parent, to = child,
    source_fields = { key }, target_fields = { key },
  }
end

---Service "Orders" with Order, Item and Tag; `nested` = false: the same without nesting.
---@return {service: Service, orders: Object, items: Object, tags: Object}
function orders.book(t, options, nested)
  local service = t.server:service("Orders", options)
  local book = {
    service = service,
    orders = service:object("Order", model("OrderId")),
    items = service:object("Item", model("ItemId", "OrderId")),
    tags = service:object("Tag", model("TagId", "ItemId")),
  }
  relate(service, book.orders, book.items, "OrderId")
  relate(service, book.items, book.tags, "ItemId")
  if nested ~= false then
    service:nest { parent = book.orders, child = book.items }
    service:nest { parent = book.items, child = book.tags }
  end
  return book
end

local COUNT = { name = "Count", datatype = "number", nullable = true }

---Service "Orders" with Order and the Item that nests in it, each with a column Count to change.
---@return Service, Object orders, Object items
function orders.counted(t, options)
  local service = t.server:service("Orders", options)
  local order, item = model("OrderId"), model("ItemId", "OrderId")
  table.insert(order.fields, COUNT)
  table.insert(item.fields, COUNT)
  local order_rows, item_rows = service:object("Order", order), service:object("Item", item)
  relate(service, order_rows, item_rows, "OrderId")
  service:nest { parent = order_rows, child = item_rows }
  return service, order_rows, item_rows
end

---Options that upload alone, as the application level takes them.
orders.upload_only = { objectServicesOptions = { Orders = { syncType = "uploadOnly" } } }

local MEMBERS = { "Order", "Item", "Tag" }

---What stands in what, as text: "create Order(create Item(create Tag) update Item)", carriers with a star.
local function describe(record, name)
  local metadata = type(record._metadata) == "table" and record._metadata or {}
  local carrier = tonumber(metadata.rowId) == -1
  local inside = {}
  for _, member in ipairs(MEMBERS) do
    for _, child in ipairs(type(record[member]) == "table" and record[member] or {}) do
      inside[#inside + 1] = describe(child, member)
    end
  end
  local text = (carrier and "*" or "") .. tostring(metadata.action) .. " " .. (name or tostring(metadata.object))
  return #inside > 0 and text .. "(" .. table.concat(inside, " ") .. ")" or text
end

---The records of an upload as text.
---@param request Request
function orders.shape(request)
  local roots = {}
  for _, record in ipairs(request.body.records) do roots[#roots + 1] = describe(record) end
  return table.concat(roots, " ")
end

---The same of each upload of a service.
function orders.shapes(service)
  local shapes = {}
  for i, request in ipairs(service:uploads()) do shapes[i] = orders.shape(request) end
  return shapes
end

return orders
