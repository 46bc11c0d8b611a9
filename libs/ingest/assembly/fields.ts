/** Fields of a record, as bits. */
export const NONE: i32 = 0;
export const ID: i32 = 1;
export const CODE: i32 = 2;
export const CUSTOMER: i32 = 4;
export const SUBSCRIPTION: i32 = 8;
export const ENTITY: i32 = 16;
export const TIME: i32 = 32;
export const PROPERTIES: i32 = 64;

/** The field of a name without its quotes; NONE for any other one. Words are compared as they lie in memory, lowest byte first. */
export function fieldOf(name: usize, length: i32): i32 {
  switch (length) {
    case 4:
      return load<u32>(name) === 0x6564_6f63 ? CODE : NONE; // code
    case 9:
      return nineBytes(name);
    case 10:
      return has(name, 0x6974_7265_706f_7270, 2, 0x7365_6974_7265_706f) ? PROPERTIES : NONE; // properti, operties
    case 11:
      return has(name, 0x7265_6d6f_7473_7563, 3, 0x6469_5f72_656d_6f74) ? CUSTOMER : NONE; // customer, tomer_id
    case 14:
      return has(name, 0x7463_6173_6e61_7274, 6, 0x6469_5f6e_6f69_7463) ? ID : NONE; // transact, ction_id
    case 15:
      return has(name, 0x7069_7263_7362_7573, 7, 0x6469_5f6e_6f69_7470) ? SUBSCRIPTION : NONE; // subscrip, ption_id
    default:
      return NONE;
  }
}

function nineBytes(name: usize): i32 {
  if (has(name, 0x6d61_7473_656d_6974, 1, 0x706d_6174_7365_6d69)) return TIME; // timestam, imestamp
  return has(name, 0x695f_7974_6974_6e65, 1, 0x6469_5f79_7469_746e) ? ENTITY : NONE; // entity_i, ntity_id
}

function has(name: usize, first: u64, at: usize, second: u64): bool {
  return load<u64>(name) === first && load<u64>(name + at) === second;
}
