delete from proposals
