/** The tenant that is there from the first start; its admins make the others. */
export const FIRST_TENANT = 'default';
