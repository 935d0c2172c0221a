import type { Migration } from '../../store/index.js'

/** Columns that people search by beside numbers: the doctors and the department of an alert; and calls by telephone. */
export const SEARCH_AND_CALLS: Migration = {
  version: 20,
  statements: [
    "alter table alert add column settor_code text not null default ''",
    "alter table alert add column settor_name text not null default ''",
    // As it stands in the tally; '' = not known, or not counted yet.
    "alter table alert add column department text not null default ''",
    `{only:sqlite}update alert set
        settor_code = trim(coalesce(json_extract(r.document, '$.CrisisSettor.code'), '')),
        settor_name = trim(coalesce(json_extract(r.document, '$.CrisisSettor.name'), ''))
      from revision r where r.alert = alert.id and r.n = alert.revision`,
    `{only:postgres}update alert set
        settor_code = trim(coalesce(r.document::json #>> '{CrisisSettor,code}', '')),
        settor_name = trim(coalesce(r.document::json #>> '{CrisisSettor,name}', ''))
      from revision r where r.alert = alert.id and r.n = alert.revision`,
    `{only:sqlite}update alert set department = json_extract(c.cell, '$.department')
      from counted c where c.alert = alert.id and json_extract(c.cell, '$.department') <> ''`,
    `{only:postgres}update alert set department = c.cell::json ->> 'department'
      from counted c where c.alert = alert.id and c.cell::json ->> 'department' <> ''`,
    "create index alert_settor_code on alert(settor_code, id) where settor_code <> ''",
    "create index alert_settor_name on alert(settor_name, id) where settor_name <> ''",
    // With all that a search within a department looks at: it reads no alert that does not meet it.
    "create index alert_department on alert(department, id, stage, opened_at) where department <> ''",
    "create index alert_ended on alert(stage, id) where stage in ('processed', 'fedBack', 'cancelled')",
    "create index stage_code on stage(code, alert) where code <> ''",
    "create index stage_name on stage(name, alert) where name <> ''",
    // Told by telephone while the systems were down, and matched to its alert afterwards.
    `create table phone_call (
      id {id},
      at {big} not null,
      entered_code text not null,
      entered_name text not null,
      called_at {big} not null,
      caller_code text not null,
      caller_name text not null,
      code text not null,
      name text not null,
      exam_no text not null,
      sick_no text not null,
      finding text not null,
      read_back {big} not null,
      note text not null,
      alert {big},
      matched_at {big},
      matched_by text not null
    ){tail}`,
    'create index phone_call_alert on phone_call(alert) where alert is not null',
    'create index phone_call_open on phone_call(id) where alert is null',
  ],
}
