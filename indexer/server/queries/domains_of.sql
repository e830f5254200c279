select exists (select from domains where custodian = $1) as keeps
