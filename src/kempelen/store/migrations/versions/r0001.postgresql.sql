CREATE TABLE access_keys (
	n BIGSERIAL NOT NULL, 
	access_key_id TEXT COLLATE "C" NOT NULL, 
	requester_id TEXT COLLATE "C" NOT NULL, 
	sealed_secret TEXT COLLATE "C" NOT NULL, 
	created_at BIGINT NOT NULL, 
	revoked_at BIGINT, 
	PRIMARY KEY (n), 
	CONSTRAINT access_keys_id UNIQUE (access_key_id)
)
;;
CREATE TABLE accounts (
	account_id TEXT COLLATE "C" NOT NULL, 
	balance BIGINT NOT NULL, 
	PRIMARY KEY (account_id), 
	CONSTRAINT accounts_balance CHECK (abs(balance) < 4000000000000000000)
)
;;
CREATE TABLE answers (
	n BIGSERIAL NOT NULL, 
	document TEXT COLLATE "C" NOT NULL, 
	answer_values TEXT COLLATE "C" NOT NULL, 
	PRIMARY KEY (n)
)
;;
CREATE TABLE assignments (
	n BIGSERIAL NOT NULL, 
	assignment_id TEXT COLLATE "C" NOT NULL, 
	hit_id TEXT COLLATE "C" NOT NULL, 
	group_id TEXT COLLATE "C" NOT NULL, 
	worker_id TEXT COLLATE "C" NOT NULL, 
	requester_id TEXT COLLATE "C" NOT NULL, 
	status TEXT COLLATE "C" NOT NULL, 
	accepted_at BIGINT NOT NULL, 
	deadline BIGINT NOT NULL, 
	submitted_at BIGINT, 
	auto_approval_at BIGINT, 
	approved_at BIGINT, 
	rejected_at BIGINT, 
	ended_at BIGINT, 
	feedback TEXT COLLATE "C", 
	answer_sha256 TEXT COLLATE "C", 
	known_answer_score BIGINT, 
	due_at BIGINT, 
	PRIMARY KEY (n), 
	CONSTRAINT assignments_id UNIQUE (assignment_id)
)
;;
CREATE INDEX assignments_by_status ON assignments (hit_id, status, submitted_at, assignment_id) WHERE submitted_at is not null
;;
CREATE INDEX assignments_decided ON assignments (worker_id, requester_id) WHERE status in ('Approved', 'Rejected')
;;
CREATE INDEX assignments_due ON assignments (hit_id, due_at) WHERE due_at is not null
;;
CREATE INDEX assignments_group ON assignments (worker_id, group_id)
;;
CREATE UNIQUE INDEX assignments_live ON assignments (worker_id, hit_id) WHERE status not in ('Returned', 'Abandoned')
;;
CREATE INDEX assignments_of_worker ON assignments (worker_id, n)
;;
CREATE INDEX assignments_queue ON assignments (worker_id, deadline) WHERE status = 'Accepted'
;;
CREATE INDEX assignments_returned ON assignments (worker_id, ended_at) WHERE status = 'Returned'
;;
CREATE INDEX assignments_submitted ON assignments (hit_id, submitted_at, assignment_id) WHERE submitted_at is not null
;;
CREATE TABLE bonuses (
	n BIGSERIAL NOT NULL, 
	bonus_id TEXT COLLATE "C" NOT NULL, 
	requester_id TEXT COLLATE "C" NOT NULL, 
	worker_id TEXT COLLATE "C" NOT NULL, 
	hit_id TEXT COLLATE "C" NOT NULL, 
	assignment_id TEXT COLLATE "C" NOT NULL, 
	amount BIGINT NOT NULL, 
	reason TEXT COLLATE "C" NOT NULL, 
	granted_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT bonuses_id UNIQUE (bonus_id)
)
;;
CREATE INDEX bonuses_assignment ON bonuses (assignment_id, n)
;;
CREATE INDEX bonuses_hit ON bonuses (hit_id, n)
;;
CREATE TABLE commits (
	commit_id BIGINT NOT NULL, 
	committed_at BIGINT NOT NULL, 
	PRIMARY KEY (commit_id)
)
;;
CREATE INDEX commits_at ON commits (committed_at)
;;
CREATE TABLE deliveries (
	n BIGSERIAL NOT NULL, 
	target BIGINT NOT NULL, 
	lane TEXT COLLATE "C" NOT NULL, 
	document_id TEXT COLLATE "C" NOT NULL, 
	version TEXT COLLATE "C" NOT NULL, 
	event_type TEXT COLLATE "C" NOT NULL, 
	hit_type_id TEXT COLLATE "C" NOT NULL, 
	hit_id TEXT COLLATE "C" NOT NULL, 
	assignment_id TEXT COLLATE "C", 
	mail BIGINT, 
	happened_at BIGINT NOT NULL, 
	status TEXT COLLATE "C" NOT NULL, 
	due_at BIGINT NOT NULL, 
	is_leased BIGINT DEFAULT 0 NOT NULL, 
	attempts BIGINT DEFAULT 0 NOT NULL, 
	tried_at BIGINT, 
	tried_since BIGINT, 
	milliseconds BIGINT, 
	settled_at BIGINT, 
	error TEXT COLLATE "C", 
	PRIMARY KEY (n), 
	CONSTRAINT deliveries_document UNIQUE (document_id)
)
;;
CREATE INDEX deliveries_due ON deliveries (target, due_at, n) WHERE status = 'Waiting'
;;
CREATE INDEX deliveries_lane ON deliveries (target, lane, n) WHERE status = 'Waiting'
;;
CREATE INDEX deliveries_of ON deliveries (target, n)
;;
CREATE INDEX deliveries_settled ON deliveries (settled_at) WHERE settled_at is not null
;;
CREATE TABLE events (
	n BIGSERIAL NOT NULL, 
	type TEXT COLLATE "C" NOT NULL, 
	hit_id TEXT COLLATE "C" NOT NULL, 
	hit_type_id TEXT COLLATE "C" NOT NULL, 
	assignment_id TEXT COLLATE "C", 
	happened_at BIGINT NOT NULL, 
	PRIMARY KEY (n)
)
;;
CREATE INDEX events_hit ON events (hit_id, n)
;;
CREATE TABLE file_totals (
	place TEXT COLLATE "C" NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	PRIMARY KEY (place), 
	CONSTRAINT file_totals_size CHECK (size_bytes >= 0)
)
;;
CREATE TABLE files (
	n BIGSERIAL NOT NULL, 
	file_key TEXT COLLATE "C" NOT NULL, 
	assignment_id TEXT COLLATE "C" NOT NULL, 
	hit_id TEXT COLLATE "C" NOT NULL, 
	worker_id TEXT COLLATE "C" NOT NULL, 
	question_id TEXT COLLATE "C" NOT NULL, 
	name TEXT COLLATE "C" NOT NULL, 
	media_type TEXT COLLATE "C" NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	sha256 TEXT COLLATE "C" NOT NULL, 
	created_at BIGINT NOT NULL, 
	arrived_at BIGINT, 
	kept_at BIGINT, 
	dropped_at BIGINT, 
	ticket TEXT COLLATE "C", 
	PRIMARY KEY (n), 
	CONSTRAINT files_key UNIQUE (file_key)
)
;;
CREATE INDEX files_assignment ON files (assignment_id, n)
;;
CREATE INDEX files_dropped ON files (dropped_at) WHERE dropped_at is not null
;;
CREATE INDEX files_hit ON files (hit_id)
;;
CREATE INDEX files_loose ON files (created_at) WHERE kept_at is null and dropped_at is null
;;
CREATE INDEX files_of_worker ON files (worker_id, created_at, size_bytes)
;;
CREATE TABLE group_counts (
	group_id TEXT COLLATE "C" NOT NULL, 
	open_hits BIGINT NOT NULL, 
	last_created_at BIGINT NOT NULL, 
	latest_expiration BIGINT NOT NULL, 
	PRIMARY KEY (group_id)
)
;;
CREATE INDEX group_counts_open ON group_counts (last_created_at) WHERE open_hits > 0
;;
CREATE TABLE hit_requirements (
	qualification_type_id TEXT COLLATE "C" NOT NULL, 
	requester_id TEXT COLLATE "C" NOT NULL, 
	hit_n BIGINT NOT NULL, 
	CONSTRAINT hit_requirements_key PRIMARY KEY (qualification_type_id, requester_id, hit_n)
)
;;
CREATE TABLE hit_types (
	n BIGSERIAL NOT NULL, 
	hit_type_id TEXT COLLATE "C" NOT NULL, 
	group_id TEXT COLLATE "C" NOT NULL, 
	requester_id TEXT COLLATE "C" NOT NULL, 
	fingerprint TEXT COLLATE "C" NOT NULL, 
	title TEXT COLLATE "C" NOT NULL, 
	description TEXT COLLATE "C" NOT NULL, 
	keywords TEXT COLLATE "C" NOT NULL, 
	reward BIGINT NOT NULL, 
	assignment_duration_seconds BIGINT NOT NULL, 
	auto_approval_delay_seconds BIGINT NOT NULL, 
	requirements TEXT COLLATE "C" NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT hit_types_id UNIQUE (hit_type_id), 
	CONSTRAINT hit_types_group UNIQUE (group_id), 
	CONSTRAINT hit_types_properties UNIQUE (requester_id, fingerprint)
)
;;
CREATE TABLE hits (
	n BIGSERIAL NOT NULL, 
	hit_id TEXT COLLATE "C" NOT NULL, 
	hit_type_id TEXT COLLATE "C" NOT NULL, 
	group_id TEXT COLLATE "C" NOT NULL, 
	requester_id TEXT COLLATE "C" NOT NULL, 
	status TEXT COLLATE "C" NOT NULL, 
	created_at BIGINT NOT NULL, 
	expiration BIGINT NOT NULL, 
	max_assignments BIGINT NOT NULL, 
	created_max_assignments BIGINT NOT NULL, 
	fee BIGINT NOT NULL, 
	annotation TEXT COLLATE "C", 
	layout_id TEXT COLLATE "C", 
	assignment_policy TEXT COLLATE "C", 
	hit_policy TEXT COLLATE "C", 
	pending BIGINT NOT NULL, 
	submitted BIGINT NOT NULL, 
	approved BIGINT NOT NULL, 
	rejected BIGINT NOT NULL, 
	is_expired BIGINT NOT NULL, 
	is_reviewing BIGINT NOT NULL, 
	is_disposed BIGINT NOT NULL, 
	reviewable_since BIGINT, 
	hold_moves BIGINT NOT NULL, 
	hit_runs BIGINT NOT NULL, 
	work_at_last_run BIGINT NOT NULL, 
	next_due BIGINT NOT NULL, 
	approve_on_submit BIGINT DEFAULT 0 NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT hits_id UNIQUE (hit_id), 
	CONSTRAINT hits_slots CHECK (pending >= 0 and pending + submitted + approved + rejected <= max_assignments)
)
;;
CREATE INDEX hits_due ON hits (next_due) WHERE is_disposed = 0
;;
CREATE INDEX hits_due_of ON hits (requester_id, next_due) WHERE is_disposed = 0
;;
CREATE INDEX hits_listing ON hits (requester_id, n) WHERE is_disposed = 0
;;
CREATE INDEX hits_open ON hits (group_id, n) WHERE status = 'Assignable'
;;
CREATE INDEX hits_reviewable ON hits (requester_id, status, expiration DESC, hit_id) WHERE status in ('Reviewable', 'Reviewing')
;;
CREATE INDEX hits_reviewable_of_type ON hits (hit_type_id, status, expiration DESC, hit_id) WHERE status in ('Reviewable', 'Reviewing')
;;
CREATE TABLE layouts (
	n BIGSERIAL NOT NULL, 
	layout_id TEXT COLLATE "C" NOT NULL, 
	requester_id TEXT COLLATE "C" NOT NULL, 
	name TEXT COLLATE "C" NOT NULL, 
	html TEXT COLLATE "C" NOT NULL, 
	placeholders TEXT COLLATE "C" NOT NULL, 
	frame_height BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT layouts_id UNIQUE (layout_id)
)
;;
CREATE INDEX layouts_listing ON layouts (requester_id, n)
;;
CREATE TABLE mail (
	n BIGSERIAL NOT NULL, 
	recipient_id TEXT COLLATE "C" NOT NULL, 
	subject TEXT COLLATE "C" NOT NULL, 
	body TEXT COLLATE "C" NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (n)
)
;;
CREATE TABLE message_threads (
	n BIGSERIAL NOT NULL, 
	thread_id TEXT COLLATE "C" NOT NULL, 
	worker_id TEXT COLLATE "C" NOT NULL, 
	requester_id TEXT COLLATE "C" NOT NULL, 
	topic TEXT COLLATE "C" NOT NULL, 
	topic_id TEXT COLLATE "C" NOT NULL, 
	subject TEXT COLLATE "C" NOT NULL, 
	unread BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT message_threads_id UNIQUE (thread_id), 
	CONSTRAINT message_threads_topic UNIQUE (worker_id, requester_id, topic, topic_id)
)
;;
CREATE INDEX message_threads_listing ON message_threads (worker_id, updated_at, n)
;;
CREATE INDEX message_threads_unread ON message_threads (worker_id, unread) WHERE unread > 0
;;
CREATE TABLE messages (
	n BIGSERIAL NOT NULL, 
	thread BIGINT NOT NULL, 
	cause TEXT COLLATE "C" NOT NULL, 
	subject TEXT COLLATE "C" NOT NULL, 
	body TEXT COLLATE "C" NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (n)
)
;;
CREATE INDEX messages_thread ON messages (thread, n)
;;
CREATE TABLE notification_settings (
	n BIGSERIAL NOT NULL, 
	hit_type_id TEXT COLLATE "C" NOT NULL, 
	target BIGINT NOT NULL, 
	version TEXT COLLATE "C" NOT NULL, 
	event_types TEXT COLLATE "C" NOT NULL, 
	is_active BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT notification_settings_type UNIQUE (hit_type_id)
)
;;
CREATE TABLE notification_targets (
	n BIGSERIAL NOT NULL, 
	requester_id TEXT COLLATE "C" NOT NULL, 
	transport TEXT COLLATE "C" NOT NULL, 
	destination TEXT COLLATE "C" NOT NULL, 
	access_key_id TEXT COLLATE "C" NOT NULL, 
	failures BIGINT DEFAULT 0 NOT NULL, 
	failing_since BIGINT, 
	rests_until BIGINT DEFAULT 0 NOT NULL, 
	proven_at BIGINT, 
	PRIMARY KEY (n), 
	CONSTRAINT notification_targets_destination UNIQUE (requester_id, transport, destination, access_key_id)
)
;;
CREATE TABLE qualification_changes (
	n BIGSERIAL NOT NULL, 
	qualification_type_id TEXT COLLATE "C" NOT NULL, 
	worker_id TEXT COLLATE "C" NOT NULL, 
	status TEXT COLLATE "C" NOT NULL, 
	value BIGINT NOT NULL, 
	cause TEXT COLLATE "C" NOT NULL, 
	reason TEXT COLLATE "C", 
	changed_at BIGINT NOT NULL, 
	PRIMARY KEY (n)
)
;;
CREATE INDEX qualification_changes_pair ON qualification_changes (worker_id, qualification_type_id, n)
;;
CREATE TABLE qualification_requests (
	n BIGSERIAL NOT NULL, 
	request_id TEXT COLLATE "C" NOT NULL, 
	qualification_type_id TEXT COLLATE "C" NOT NULL, 
	requester_id TEXT COLLATE "C" NOT NULL, 
	worker_id TEXT COLLATE "C" NOT NULL, 
	state TEXT COLLATE "C" NOT NULL, 
	requested_at BIGINT NOT NULL, 
	test_n BIGINT, 
	due_at BIGINT, 
	submitted_at BIGINT, 
	ended_at BIGINT, 
	answer TEXT COLLATE "C", 
	value BIGINT, 
	reason TEXT COLLATE "C", 
	PRIMARY KEY (n), 
	CONSTRAINT qualification_requests_id UNIQUE (request_id)
)
;;
CREATE INDEX qualification_requests_due ON qualification_requests (due_at) WHERE due_at is not null
;;
CREATE INDEX qualification_requests_of_requester ON qualification_requests (requester_id, submitted_at, n) WHERE state = 'Submitted'
;;
CREATE INDEX qualification_requests_of_type ON qualification_requests (qualification_type_id, submitted_at, n) WHERE state = 'Submitted'
;;
CREATE UNIQUE INDEX qualification_requests_open ON qualification_requests (worker_id, qualification_type_id) WHERE state in ('Testing', 'Submitted')
;;
CREATE INDEX qualification_requests_pair ON qualification_requests (worker_id, qualification_type_id, n)
;;
CREATE INDEX qualification_requests_running ON qualification_requests (qualification_type_id, n) WHERE state in ('Testing', 'Submitted')
;;
CREATE TABLE qualification_tests (
	n BIGSERIAL NOT NULL, 
	qualification_type_id TEXT COLLATE "C" NOT NULL, 
	document TEXT COLLATE "C" NOT NULL, 
	answer_key TEXT COLLATE "C", 
	duration_seconds BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (n)
)
;;
CREATE TABLE qualification_types (
	n BIGSERIAL NOT NULL, 
	qualification_type_id TEXT COLLATE "C" NOT NULL, 
	requester_id TEXT COLLATE "C" NOT NULL, 
	name TEXT COLLATE "C" NOT NULL, 
	description TEXT COLLATE "C" NOT NULL, 
	keywords TEXT COLLATE "C", 
	status TEXT COLLATE "C" NOT NULL, 
	test_n BIGINT, 
	retry_delay_seconds BIGINT, 
	auto_granted_value BIGINT, 
	created_at BIGINT NOT NULL, 
	deleted_at BIGINT, 
	deletion_due BIGINT, 
	search_text TEXT COLLATE "C" NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT qualification_types_id UNIQUE (qualification_type_id)
)
;;
CREATE INDEX qualification_types_due ON qualification_types (deletion_due) WHERE deletion_due is not null
;;
CREATE INDEX qualification_types_listing ON qualification_types (name, qualification_type_id) WHERE deleted_at is null
;;
CREATE UNIQUE INDEX qualification_types_name ON qualification_types (requester_id, name) WHERE deleted_at is null or deletion_due is not null
;;
CREATE INDEX qualification_types_own ON qualification_types (requester_id, name, qualification_type_id) WHERE deleted_at is null
;;
CREATE TABLE qualifications (
	n BIGSERIAL NOT NULL, 
	qualification_type_id TEXT COLLATE "C" NOT NULL, 
	worker_id TEXT COLLATE "C" NOT NULL, 
	value BIGINT NOT NULL, 
	status TEXT COLLATE "C" NOT NULL, 
	granted_at BIGINT NOT NULL, 
	reason TEXT COLLATE "C", 
	PRIMARY KEY (n), 
	CONSTRAINT qualifications_pair UNIQUE (qualification_type_id, worker_id)
)
;;
CREATE INDEX qualifications_listing ON qualifications (qualification_type_id, status, granted_at, n)
;;
CREATE INDEX qualifications_of_worker ON qualifications (worker_id, granted_at, n, qualification_type_id, value, status) WHERE status = 'Granted'
;;
CREATE TABLE questions (
	n BIGSERIAL NOT NULL, 
	question TEXT COLLATE "C" NOT NULL, 
	PRIMARY KEY (n)
)
;;
CREATE TABLE request_tokens (
	n BIGSERIAL NOT NULL, 
	owner_id TEXT COLLATE "C" NOT NULL, 
	family TEXT COLLATE "C" NOT NULL, 
	token TEXT COLLATE "C" NOT NULL, 
	result TEXT COLLATE "C" NOT NULL, 
	used_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT request_tokens_token UNIQUE (owner_id, family, token)
)
;;
CREATE INDEX request_tokens_used ON request_tokens (used_at)
;;
CREATE TABLE requesters (
	n BIGSERIAL NOT NULL, 
	requester_id TEXT COLLATE "C" NOT NULL, 
	name TEXT COLLATE "C" NOT NULL, 
	billing_mode TEXT COLLATE "C" NOT NULL, 
	blocks BIGINT DEFAULT 0 NOT NULL, 
	is_suspended BIGINT DEFAULT 0 NOT NULL, 
	webhook_key BIGINT DEFAULT 1 NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT requesters_id UNIQUE (requester_id)
)
;;
CREATE TABLE review_runs (
	n BIGSERIAL NOT NULL, 
	hit_id TEXT COLLATE "C" NOT NULL, 
	level TEXT COLLATE "C" NOT NULL, 
	trigger TEXT COLLATE "C" NOT NULL, 
	part BIGINT NOT NULL, 
	run_id TEXT COLLATE "C" NOT NULL, 
	results TEXT COLLATE "C" NOT NULL, 
	actions TEXT COLLATE "C" NOT NULL, 
	error TEXT COLLATE "C", 
	ran_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT review_runs_trigger UNIQUE (hit_id, level, trigger, part)
)
;;
CREATE INDEX review_runs_hit ON review_runs (hit_id, level, n)
;;
CREATE TABLE schema_version (
	version BIGINT NOT NULL, 
	applied_at BIGINT NOT NULL
)
;;
CREATE TABLE sessions (
	n BIGSERIAL NOT NULL, 
	session_hash TEXT COLLATE "C" NOT NULL, 
	worker_id TEXT COLLATE "C" NOT NULL, 
	csrf_token TEXT COLLATE "C" NOT NULL, 
	created_at BIGINT NOT NULL, 
	seen_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT sessions_hash UNIQUE (session_hash)
)
;;
CREATE TABLE sign_in_failures (
	n BIGSERIAL NOT NULL, 
	subject TEXT COLLATE "C" NOT NULL, 
	failed_at BIGINT NOT NULL, 
	PRIMARY KEY (n)
)
;;
CREATE INDEX sign_in_failures_subject ON sign_in_failures (subject, failed_at)
;;
CREATE TABLE staged (
	n BIGSERIAL NOT NULL, 
	ticket TEXT COLLATE "C" NOT NULL, 
	assignment_id TEXT COLLATE "C" NOT NULL, 
	document TEXT COLLATE "C" NOT NULL, 
	answer_values TEXT COLLATE "C" NOT NULL, 
	origin TEXT COLLATE "C", 
	received_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT staged_ticket UNIQUE (ticket)
)
;;
CREATE INDEX staged_assignment ON staged (assignment_id, n)
;;
CREATE TABLE transfers (
	n BIGSERIAL NOT NULL, 
	transfer_id TEXT COLLATE "C" NOT NULL, 
	source TEXT COLLATE "C" NOT NULL, 
	target TEXT COLLATE "C" NOT NULL, 
	amount BIGINT NOT NULL, 
	kind TEXT COLLATE "C" NOT NULL, 
	hit_id TEXT COLLATE "C", 
	assignment_id TEXT COLLATE "C", 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT transfers_id UNIQUE (transfer_id), 
	CONSTRAINT transfers_amount CHECK (amount > 0 and source <> target)
)
;;
CREATE INDEX transfers_hit ON transfers (hit_id)
;;
CREATE TABLE worker_blocks (
	n BIGSERIAL NOT NULL, 
	requester_id TEXT COLLATE "C" NOT NULL, 
	worker_id TEXT COLLATE "C" NOT NULL, 
	reason TEXT COLLATE "C" NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT worker_blocks_pair UNIQUE (worker_id, requester_id)
)
;;
CREATE INDEX worker_blocks_listing ON worker_blocks (requester_id, n)
;;
CREATE TABLE worker_tokens (
	n BIGSERIAL NOT NULL, 
	token_hash TEXT COLLATE "C" NOT NULL, 
	worker_id TEXT COLLATE "C" NOT NULL, 
	created_at BIGINT NOT NULL, 
	revoked_at BIGINT, 
	PRIMARY KEY (n), 
	CONSTRAINT worker_tokens_hash UNIQUE (token_hash)
)
;;
CREATE TABLE workers (
	n BIGSERIAL NOT NULL, 
	worker_id TEXT COLLATE "C" NOT NULL, 
	name TEXT COLLATE "C" NOT NULL, 
	name_key TEXT COLLATE "C" NOT NULL, 
	email TEXT COLLATE "C", 
	password_hash TEXT COLLATE "C", 
	worker_class TEXT COLLATE "C" NOT NULL, 
	country TEXT COLLATE "C" NOT NULL, 
	subdivision TEXT COLLATE "C", 
	is_adult BIGINT DEFAULT 0 NOT NULL, 
	is_master BIGINT DEFAULT 0 NOT NULL, 
	is_suspended BIGINT DEFAULT 0 NOT NULL, 
	accepted BIGINT DEFAULT 0 NOT NULL, 
	submitted BIGINT DEFAULT 0 NOT NULL, 
	approved BIGINT DEFAULT 0 NOT NULL, 
	rejected BIGINT DEFAULT 0 NOT NULL, 
	returned BIGINT DEFAULT 0 NOT NULL, 
	abandoned BIGINT DEFAULT 0 NOT NULL, 
	given_hits_approved BIGINT, 
	given_percent_approved BIGINT, 
	auto_accept BIGINT DEFAULT 0 NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT workers_id UNIQUE (worker_id), 
	CONSTRAINT workers_name UNIQUE (name_key)
)
;;
CREATE FUNCTION transfers_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'transfers are never changed' USING ERRCODE = 'integrity_constraint_violation'; END $$
;;
CREATE TRIGGER transfers_no_change BEFORE UPDATE OR DELETE ON transfers FOR EACH STATEMENT EXECUTE FUNCTION transfers_never_changed()
;;
