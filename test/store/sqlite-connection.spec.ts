import assert from 'node:assert/strict'
import { SqliteConnection } from '../../src/store/sqlite-connection.js'
import type { SqlValue } from '../../src/store/index.js'

describe('a connection to an SQLite file', () => {
  let connection: SqliteConnection
  const query = (sql: string, ...params: readonly SqlValue[]) => connection.query({ sql, params })

  beforeEach(() => {
    connection = new SqliteConnection(':memory:', { readOnly: false })
    connection.exec('create table thing (id {id}, name text unique, at {big} not null){tail}')
  })
  afterEach(() => connection.close())

  const insert = 'insert into thing (name, at) values ($1, $2) returning id'

  it('gives the number of the row that was inserted', () => {
    assert.deepEqual([...query(insert, 'a', 1), ...query(insert, 'b', 2)], [{ id: 1 }, { id: 2 }])
    query('delete from thing where id = $1', 2)
    assert.deepEqual(query(insert, 'b', 2), [{ id: 3 }])
  })

  it('gives no number of a row that was not inserted', () => {
    query(insert, 'a', 1)
    const quietly =
      'insert into thing (name, at) values ($1, $2) on conflict do nothing returning id'
    assert.deepEqual(query(quietly, 'a', 1), [])
    // SQLite counts the attempt as well.
    assert.deepEqual(query(quietly, 'b', 1), [{ id: 3 }])
    assert.throws(() => query(insert, 'a', 1), /UNIQUE/)
  })

  it('gives a number for each row of several', () => {
    const copies = "insert into thing (name, at) select name || '2', at from thing returning id"
    query(insert, 'a', 1)
    query(insert, 'b', 1)
    assert.deepEqual(query(copies), [{ id: 3 }, { id: 4 }])
    const two = 'insert into thing (name, at) values ($1, 1), ($2, 1) returning id'
    assert.deepEqual(query(two, 'c', 'd'), [{ id: 5 }, { id: 6 }])
    assert.deepEqual(query("insert into thing (name, at) values ('e', (1 + 1)) returning id"), [
      { id: 7 },
    ])
  })

  it('runs no statement for a lock: who writes has the whole file', () => {
    assert.deepEqual(query('{lock:$1}', 'exam/1'), [])
    assert.deepEqual(query('{lock:$1}', 'exam/2'), [])
    assert.deepEqual(query('select {try:$1} as free', 'exam/1'), [{ free: 1 }])
  })
})
