-- Sales orders with their items: a hierarchical service (an order is uploaded with its items nested), beside customers
-- and products in a flat one.
--   foundry-mock --model sales [--rows N] [--seed S]             N orders with three items each
local rows, seed = server.options.rows or 20, server.options.seed

local catalog = server:service("Catalog", { uploadCache = true })
local products = catalog:object("Product", {
  key = { "Sku" },
  fields = {
    { name = "Sku", datatype = "string", nullable = false, length = 20 },
    { name = "ProductName", datatype = "string", nullable = false, length = 100 },
    { name = "Price", datatype = "number", nullable = false },
    { name = "Description", datatype = "string", nullable = true, length = 500 },
  },
})

local sales = server:service("Sales", { uploadCache = true, conflict = "serverwins" })
local customers = sales:object("Customer", {
  key = { "CustomerId" },
  fields = {
    { name = "CustomerId", datatype = "number", nullable = false, auto_generated = true },
    { name = "CustomerName", datatype = "string", nullable = false, length = 100 },
    { name = "Email", datatype = "string", nullable = true, length = 100 },
    { name = "City", datatype = "string", nullable = true, length = 60 },
    { name = "Since", datatype = "date", nullable = true },
  },
})
local orders = sales:object("SalesOrder", {
  key = { "OrderId" },
  delta_context_field = "ChangedAt",
  fields = {
    { name = "OrderId", datatype = "number", nullable = false, auto_generated = true },
    { name = "CustomerId", datatype = "number", nullable = true },
    { name = "Status", datatype = "string", nullable = false, length = 20 },
    { name = "OrderedOn", datatype = "date", nullable = false },
    { name = "Express", datatype = "boolean", nullable = false },
    { name = "Notes", datatype = "string", nullable = true },
    { name = "ChangedAt", datatype = "date", nullable = true },
  },
})
local items = sales:object("OrderItem", {
  key = { "OrderId", "Line" },
  fields = {
    { name = "OrderId", datatype = "number", nullable = false },
    { name = "Line", datatype = "number", nullable = false },
    { name = "Sku", datatype = "string", nullable = false, length = 20 },
    { name = "Quantity", datatype = "number", nullable = false },
    { name = "Price", datatype = "number", nullable = false },
  },
})

sales:relate {
  name = "Orders", type = "OneToMany", from = customers, to = orders,
  source_fields = { "CustomerId" }, target_fields = { "CustomerId" },
}
sales:relate {
  name = "OrderItem", type = "OneToMany", from = orders, to = items,
  source_fields = { "OrderId" }, target_fields = { "OrderId" }, cascade = true,
}
sales:nest { parent = orders, child = items }
orders:expand "OrderItem"

products:generate { count = 25, seed = seed, columns = { ProductName = "product" } }
customers:generate { count = math.max(1, rows // 4), seed = seed }
orders:generate { count = rows, seed = seed, columns = { Status = { "open", "paid", "shipped", "returned" } } }

local skus = {}
for i, product in ipairs(products:rows()) do skus[i] = product.Sku end
items:generate { count = rows * 3, seed = seed, columns = { Sku = skus, Quantity = { min = 1, max = 12 } } }
