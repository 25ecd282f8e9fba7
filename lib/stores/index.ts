/**
 * Stores, for an application that makes its own or looks after one.
 *
 * @module fastify-login/stores
 */
export { type MemoryBounds, MemoryStore, type MemoryStoreOptions } from './memory/memory-store.ts'
export { type MongoCollection, type MongoDatabase, MongoStore, type MongoStoreOptions } from './mongodb/mongodb-store.ts'
export { type OpenedStore, type OpenOptions, openStore, type StoreSource } from './open-store.ts'
export { type LocalCopyBounds, type LocalCopyOptions, type RedisClient, RedisStore, type RedisStoreOptions } from './redis/redis-store.ts'
export { type SqlDatabase } from './sql/database.ts'
export { migrate, type SqlTableOptions } from './sql/migrate.ts'
export { SqlStore, type SqlStoreOptions } from './sql/sql-store.ts'
export type { Entry, Store, StoreOptions, WriteOptions } from './store.ts'
