/** What an account may do in the consortium, as the contract names it. */
export type RoleName =
  | 'clinician'
  | 'researcher'
  | 'auditor'
  | 'insurer'
  | 'organisation-admin'
  | 'device'
  | 'proxy-operator'
  | 'custodian'
