select account from committee_members
