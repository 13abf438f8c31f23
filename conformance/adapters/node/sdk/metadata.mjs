// What a service's metadata says, checked once, and the schema that the rest of the port works with (W-8 to W-12).
//
// Always true of a Schema: object names are unique in it, every object has key fields, every edge joins two objects of
// one service with as many columns on either side. It never changes: another setup makes another one.

import { CODES, fail } from './errors.mjs';
import { isObject } from './json.mjs';

const DATATYPES = ['number', 'string', 'boolean', 'date', 'binary'];
const RELATIONS = ['OneToMany', 'ManyToOne', 'OneToOne'];

const list = (value) => (Array.isArray(value) ? value : []);
const objectsIn = (value) => list(value).filter(isObject);

/** The objects of an answer. In a namespace an object has two names (W-3): [{ name, shortName, described }]. */
function objectsOf(answer) {
  const nameIn = (namespace, { name }) => (namespace.name ? `${namespace.name}.${name}` : name);
  return objectsIn(answer.namespaces).flatMap((namespace) => objectsIn(namespace.objects)
    .map((described) => ({ name: nameIn(namespace, described), shortName: described.name, described })));
}

/** The object of a list that is called so: the whole name first. */
function findObject(objects, name) {
  return objects.find((object) => object.name === name) ?? objects.find((object) => object.shortName === name);
}

const isName = (value) => typeof value === 'string' && value !== '';

/** Throw unless `answer` is metadata that can be worked with; `service` is its name, for the message. */
export function checkMetadata(service, answer) {
  if (Object.keys(answer ?? {}).length === 0) fail(CODES.NO_METADATA, `${service}: the metadata is empty`);
  if (!answer.timestamp) fail(CODES.NO_TIMESTAMP, `${service}: the metadata has no timestamp`);
  if (objectsIn(answer.namespaces).length === 0)
    fail(CODES.NO_NAMESPACES, `${service}: the metadata has no namespaces`);
  const objects = objectsOf(answer);
  if (objects.length === 0) fail(CODES.NO_OBJECTS, `${service}: the metadata has no objects`);
  if (!objects.every(({ shortName }) => isName(shortName)))
    fail(CODES.OBJECT_NAME, `${service}: an object has no name`);
  objects.forEach(({ described }) => checkFields(described));
  for (const { described } of objects)
    for (const relation of objectsIn(described.relationships)) checkRelation(objects, described, relation);
  for (const object of objects) checkCarried(objects, object);
}

function checkFields(object) {
  const fields = objectsIn(object.fields);
  if (fields.length === 0) fail(CODES.NO_FIELDS, `${object.name} has no fields`);
  if (!fields.every((field) => isName(field.name))) fail(CODES.FIELD_NAME, `${object.name} has a field without name`);
  checkUnique(fields.map((field) => field.name), `${object.name}'s field`);
  if (fields.some((field) => field.name === '_metadata')) fail(CODES.SAME_NAME, `${object.name} has a field _metadata`);
  const key = list(object.key).map((name) => fields.find((field) => field.name === name));
  if (key.length === 0 || key.includes(undefined)) fail(CODES.NO_KEY, `${object.name} has no key with a field`);
  const generated = key.filter((field) => field.auto_generated);
  if (generated.length > 1) fail(CODES.BAD_KEY, `${object.name}'s key has several generated columns`);
  const text = fields.find((field) => field.auto_generated && field.datatype === 'string');
  if (text) fail(CODES.BAD_KEY, `${object.name}.${text.name} is a generated string`);
}

// Names that differ in ASCII case only are the same to some databases, and refused (W-11).
function checkUnique(names, what) {
  const seen = new Map();
  for (const name of names) {
    const folded = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    if (seen.has(folded)) fail(CODES.SAME_NAME, `${what} ${name} is there twice, also as ${seen.get(folded)}`);
    seen.set(folded, name);
  }
}

function checkRelation(objects, object, relation) {
  if (!RELATIONS.includes(relation.type))
    fail(CODES.RELATION_TYPE, `${object.name}: relationship type ${relation.type}`);
  const target = findObject(objects, relation.target_object)?.described;
  const has = ({ fields }, names) => list(names).every((name) => fields.some((field) => field?.name === name));
  if (!target || !has(object, relation.source_fields) || !has(target, relation.target_fields))
    fail(CODES.RELATION_TARGET, `${object.name}: relationship ${relation.name} names what is not there`);
  if (list(relation.source_fields).length !== list(relation.target_fields).length)
    fail(CODES.KEY_COUNTS, `${object.name}: relationship ${relation.name} joins keys of different length`);
}

// W-47: what an operation takes along is related to its object, by either side's relationship.
function checkCarried(objects, object) {
  const isRelated = (one, other) => objectsIn(one.described.relationships)
    .some((relation) => findObject(objects, relation.target_object) === other);
  for (const { child } of UPLOADS.flatMap((action) => carriedBy(object.described.operations?.[action]))) {
    const target = findObject(objects, child);
    if (!target || !(isRelated(object, target) || isRelated(target, object)))
      fail(CODES.NO_RELATION, `${object.name} takes ${child} along, to which it has no relationship`);
  }
}

const UPLOADS = ['create', 'update', 'partialupdate', 'delete'];

/** What an operation takes along: [{child, actions}] (W-12). */
function carriedBy(operation) {
  return objectsIn(operation?.actions).flatMap((entry) => objectsIn(entry.supportedObjects)).map((supported) => ({
    child: supported.name,
    actions: list(supported.actions).flatMap((entry) => (typeof entry === 'string' ? [entry] : list(entry?.type))),
  }));
}

/** One object: `name` as options and answers use it, `shortName` as a flat upload does (W-3). */
class ObjectSchema {
  constructor(service, { name, shortName, described }) {
    this.service = service;
    this.name = name;
    this.shortName = shortName;
    this.fields = objectsIn(described.fields).map((field) =>
      (DATATYPES.includes(field.datatype) ? field : { ...field, datatype: 'string' }));
    this.keyFields = described.key.map((name) => this.field(name));
    this.synced = this.fields.filter((field) => field.datatype !== 'binary'); // binary columns do not travel (W-15)
    this.demanded = this.synced.filter((field) => field.name !== described.softdelete_field); // of a full record (W-17)
    this.expand = described.operations?.get?.$expand;
    this.operations = described.operations ?? {};
    this.parents = []; // edges to parents and to children, filled by Schema
    this.children = [];
  }

  field(name) { return this.fields.find((field) => field.name === name); }

  isCalled(name) { return name === this.name || name === this.shortName; }

  /** The columns of `values` that are the key. */
  keyOf(values) {
    const key = Object.create(null);
    for (const { name } of this.keyFields) key[name] = values[name];
    return key;
  }

  /** What operation `action` of this object takes along: [{child, actions}]. */
  carried(action) { return carriedBy(this.operations[action]); }
}

class ServiceSchema {
  constructor(name, answer) {
    this.name = name;
    this.uploadCache = answer.uploadCache === true || answer.uploadCache === 'true';
    const given = objectsOf(answer);
    this.objects = given.map((object) => new ObjectSchema(this, object));
    for (const { name: object, described } of given)
      for (const relation of objectsIn(described.relationships)) this.#join(this.object(object), relation);
    this.isHierarchical = this.objects.some((object) => UPLOADS.some((action) => object.carried(action).length > 0));
  }

  object(name) { return findObject(this.objects, name); }

  // A ManyToOne is told by the child, the others by the parent; told by both it is one edge.
  #join(object, relation) {
    const told = { object, fields: list(relation.source_fields) };
    const other = { object: this.object(relation.target_object), fields: list(relation.target_fields) };
    const [parent, child] = relation.type === 'ManyToOne' ? [other, told] : [told, other];
    const edge = {
      parent: parent.object, child: child.object, parentFields: parent.fields, childFields: child.fields,
      cascade: relation.cascade === true, backEndCascades: relation.backend_cascade_support === true,
    };
    const isSame = (known) => known.child === edge.child && String(known.childFields) === String(edge.childFields)
      && String(known.parentFields) === String(edge.parentFields);
    const known = edge.parent.children.find(isSame);
    if (known) {
      known.cascade ||= edge.cascade;
      known.backEndCascades ||= edge.backEndCascades;
      return;
    }
    edge.parent.children.push(edge);
    edge.child.parents.push(edge);
  }
}

export class Schema {
  /** @param {Map<string, object>} answers metadata by service name, each of them checked. Throws 2330. */
  constructor(answers) {
    this.services = [...answers].map(([name, answer]) => new ServiceSchema(name, answer));
    this.objects = this.services.flatMap((service) => service.objects);
    checkUnique(this.objects.map((object) => object.name), 'object');
  }

  service(name) {
    return this.services.find((service) => service.name === name)
      ?? fail(CODES.UNKNOWN_SERVICE, `no object service is called "${name}"`);
  }

  object(name) {
    return findObject(this.objects, name) ?? fail(CODES.UNKNOWN_OBJECT, `no object is called "${name}"`);
  }
}
