// Run checks.cql over patients: `node run.mjs ROUNDS <patients.json >answers.json`.
// Told is the processor time of the quickest round. Start, translation and the making of CQL
// dates are outside of it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

globalThis.require ??= createRequire(import.meta.url); // the translator asks for it under node
const {
  CqlTranslator, LibraryManager, ModelManager, createModelInfoProvider, createUcumService, stringAsSource,
} = await import("@cqframework/cql/cql-to-elm");
const { SystemModelInfoProvider } = await import("@cqframework/cql/cql");
const { default: cql } = await import("cql-execution");

const beside = (name) => readFileSync(new URL(name, import.meta.url), "utf8");

function translate(text) {
  const models = new ModelManager();
  models.modelInfoLoader.registerModelInfoProvider(new SystemModelInfoProvider());
  models.modelInfoLoader.registerModelInfoProvider(
    createModelInfoProvider((id) => (id === "Clinic" ? stringAsSource(beside("clinic.xml")) : null)),
  );
  const none = () => { throw new Error("nothing is measured in units"); };
  const calendar = (unit) => (/^(1|days?|months?)$/.test(unit) ? null : `no unit of the calendar: ${unit}`);
  const units = createUcumService(none, calendar, none, none);
  const libraries = new LibraryManager(models, undefined, undefined, units);
  const translator = CqlTranslator.fromText(text, libraries);
  const errors = translator.errors.asJsReadonlyArrayView();
  if (errors.length > 0) throw new Error(errors.map((error) => error.message).join("\n"));
  return JSON.parse(translator.toJson());
}

/** A patient whose records are kept by their type, each day a CQL date. */
class Patient {
  constructor({ id, protocol, infusions, results }) {
    const day = (text) => cql.Date.parse(text);
    Object.assign(this, { id, protocol });
    this.records = {
      Patient: [this],
      Infusion: infusions.map((on) => ({ dated: day(on) })),
      Result: results.map(([code, on]) => ({ code, dated: day(on) })),
    };
  }

  getId() { return this.id; }

  findRecords(type) { return this.records[type.slice(type.indexOf("}") + 1)]; }
}

class Patients {
  constructor(patients) { this.left = [...patients]; }

  currentPatient() { return this.left[0]; }

  nextPatient() { this.left.shift(); return this.left[0]; }
}

const { as_of, until, patients } = JSON.parse(readFileSync(0, "utf8"));
const elm = translate(beside("checks.cql"));
const parameters = { AsOf: cql.Date.parse(as_of), Until: cql.Date.parse(until) };
const executor = new cql.Executor(new cql.Library(elm), undefined, parameters);
const known = patients.map((patient) => new Patient(patient));

let best = Infinity;
let results;
for (let round = 0; round < Number(process.argv[2]); round += 1) {
  const begin = process.cpuUsage();
  results = await executor.exec_expression("Checks", new Patients(known));
  const { user, system } = process.cpuUsage(begin);
  best = Math.min(best, (user + system) / 1e6);
}
const answers = Object.fromEntries(
  Object.entries(results.patientResults).map(([id, { Checks }]) => [
    id,
    Checks.map(({ rule, occurrence, due, done, state }) =>
      [rule, occurrence, due.toString(), done?.toString() ?? null, state]),
  ]),
);
console.log(JSON.stringify({ seconds: best, answers }));
