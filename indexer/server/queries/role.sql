select r.roles, r.organisation
from roles r
join organisations o on o.id = r.organisation
where r.account = $1 and r.until > $2 and not o.suspended
order by r.organisation
