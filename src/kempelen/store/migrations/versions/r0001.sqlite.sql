CREATE TABLE access_keys (
	n INTEGER NOT NULL, 
	access_key_id TEXT NOT NULL, 
	requester_id TEXT NOT NULL, 
	sealed_secret TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	revoked_at BIGINT, 
	PRIMARY KEY (n), 
	CONSTRAINT access_keys_id UNIQUE (access_key_id)
)
;;
CREATE TABLE accounts (
	account_id TEXT NOT NULL, 
	balance BIGINT NOT NULL, 
	PRIMARY KEY (account_id), 
	CONSTRAINT accounts_balance CHECK (abs(balance) < 4000000000000000000)
)
;;
CREATE TABLE answers (
	n INTEGER NOT NULL, 
	document TEXT NOT NULL, 
	answer_values TEXT NOT NULL, 
	PRIMARY KEY (n)
)
;;
CREATE TABLE assignments (
	n INTEGER NOT NULL, 
	assignment_id TEXT NOT NULL, 
	hit_id TEXT NOT NULL, 
	group_id TEXT NOT NULL, 
	worker_id TEXT NOT NULL, 
	requester_id TEXT NOT NULL, 
	status TEXT NOT NULL, 
	accepted_at BIGINT NOT NULL, 
	deadline BIGINT NOT NULL, 
	submitted_at BIGINT, 
	auto_approval_at BIGINT, 
	approved_at BIGINT, 
	rejected_at BIGINT, 
	ended_at BIGINT, 
	feedback TEXT, 
	answer_sha256 TEXT, 
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
	n INTEGER NOT NULL, 
	bonus_id TEXT NOT NULL, 
	requester_id TEXT NOT NULL, 
	worker_id TEXT NOT NULL, 
	hit_id TEXT NOT NULL, 
	assignment_id TEXT NOT NULL, 
	amount BIGINT NOT NULL, 
	reason TEXT NOT NULL, 
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
	n INTEGER NOT NULL, 
	target BIGINT NOT NULL, 
	lane TEXT NOT NULL, 
	document_id TEXT NOT NULL, 
	version TEXT NOT NULL, 
	event_type TEXT NOT NULL, 
	hit_type_id TEXT NOT NULL, 
	hit_id TEXT NOT NULL, 
	assignment_id TEXT, 
	mail BIGINT, 
	happened_at BIGINT NOT NULL, 
	status TEXT NOT NULL, 
	due_at BIGINT NOT NULL, 
	is_leased BIGINT DEFAULT 0 NOT NULL, 
	attempts BIGINT DEFAULT 0 NOT NULL, 
	tried_at BIGINT, 
	tried_since BIGINT, 
	milliseconds BIGINT, 
	settled_at BIGINT, 
	error TEXT, 
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
	n INTEGER NOT NULL, 
	type TEXT NOT NULL, 
	hit_id TEXT NOT NULL, 
	hit_type_id TEXT NOT NULL, 
	assignment_id TEXT, 
	happened_at BIGINT NOT NULL, 
	PRIMARY KEY (n)
)
;;
CREATE INDEX events_hit ON events (hit_id, n)
;;
CREATE TABLE file_totals (
	place TEXT NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	PRIMARY KEY (place), 
	CONSTRAINT file_totals_size CHECK (size_bytes >= 0)
)
;;
CREATE TABLE files (
	n INTEGER NOT NULL, 
	file_key TEXT NOT NULL, 
	assignment_id TEXT NOT NULL, 
	hit_id TEXT NOT NULL, 
	worker_id TEXT NOT NULL, 
	question_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	media_type TEXT NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	sha256 TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	arrived_at BIGINT, 
	kept_at BIGINT, 
	dropped_at BIGINT, 
	ticket TEXT, 
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
	group_id TEXT NOT NULL, 
	open_hits BIGINT NOT NULL, 
	last_created_at BIGINT NOT NULL, 
	latest_expiration BIGINT NOT NULL, 
	PRIMARY KEY (group_id)
)
;;
CREATE INDEX group_counts_open ON group_counts (last_created_at) WHERE open_hits > 0
;;
CREATE TABLE hit_requirements (
	qualification_type_id TEXT NOT NULL, 
	requester_id TEXT NOT NULL, 
	hit_n BIGINT NOT NULL, 
	CONSTRAINT hit_requirements_key PRIMARY KEY (qualification_type_id, requester_id, hit_n)
)
 WITHOUT ROWID
;;
CREATE TABLE hit_types (
	n INTEGER NOT NULL, 
	hit_type_id TEXT NOT NULL, 
	group_id TEXT NOT NULL, 
	requester_id TEXT NOT NULL, 
	fingerprint TEXT NOT NULL, 
	title TEXT NOT NULL, 
	description TEXT NOT NULL, 
	keywords TEXT NOT NULL, 
	reward BIGINT NOT NULL, 
	assignment_duration_seconds BIGINT NOT NULL, 
	auto_approval_delay_seconds BIGINT NOT NULL, 
	requirements TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT hit_types_id UNIQUE (hit_type_id), 
	CONSTRAINT hit_types_group UNIQUE (group_id), 
	CONSTRAINT hit_types_properties UNIQUE (requester_id, fingerprint)
)
;;
CREATE TABLE hits (
	n INTEGER NOT NULL, 
	hit_id TEXT NOT NULL, 
	hit_type_id TEXT NOT NULL, 
	group_id TEXT NOT NULL, 
	requester_id TEXT NOT NULL, 
	status TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	expiration BIGINT NOT NULL, 
	max_assignments BIGINT NOT NULL, 
	created_max_assignments BIGINT NOT NULL, 
	fee BIGINT NOT NULL, 
	annotation TEXT, 
	layout_id TEXT, 
	assignment_policy TEXT, 
	hit_policy TEXT, 
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
	n INTEGER NOT NULL, 
	layout_id TEXT NOT NULL, 
	requester_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	html TEXT NOT NULL, 
	placeholders TEXT NOT NULL, 
	frame_height BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT layouts_id UNIQUE (layout_id)
)
;;
CREATE INDEX layouts_listing ON layouts (requester_id, n)
;;
CREATE TABLE mail (
	n INTEGER NOT NULL, 
	recipient_id TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	body TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (n)
)
;;
CREATE TABLE message_threads (
	n INTEGER NOT NULL, 
	thread_id TEXT NOT NULL, 
	worker_id TEXT NOT NULL, 
	requester_id TEXT NOT NULL, 
	topic TEXT NOT NULL, 
	topic_id TEXT NOT NULL, 
	subject TEXT NOT NULL, 
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
	n INTEGER NOT NULL, 
	thread BIGINT NOT NULL, 
	cause TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	body TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (n)
)
;;
CREATE INDEX messages_thread ON messages (thread, n)
;;
CREATE TABLE notification_settings (
	n INTEGER NOT NULL, 
	hit_type_id TEXT NOT NULL, 
	target BIGINT NOT NULL, 
	version TEXT NOT NULL, 
	event_types TEXT NOT NULL, 
	is_active BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT notification_settings_type UNIQUE (hit_type_id)
)
;;
CREATE TABLE notification_targets (
	n INTEGER NOT NULL, 
	requester_id TEXT NOT NULL, 
	transport TEXT NOT NULL, 
	destination TEXT NOT NULL, 
	access_key_id TEXT NOT NULL, 
	failures BIGINT DEFAULT 0 NOT NULL, 
	failing_since BIGINT, 
	rests_until BIGINT DEFAULT 0 NOT NULL, 
	proven_at BIGINT, 
	PRIMARY KEY (n), 
	CONSTRAINT notification_targets_destination UNIQUE (requester_id, transport, destination, access_key_id)
)
;;
CREATE TABLE qualification_changes (
	n INTEGER NOT NULL, 
	qualification_type_id TEXT NOT NULL, 
	worker_id TEXT NOT NULL, 
	status TEXT NOT NULL, 
	value BIGINT NOT NULL, 
	cause TEXT NOT NULL, 
	reason TEXT, 
	changed_at BIGINT NOT NULL, 
	PRIMARY KEY (n)
)
;;
CREATE INDEX qualification_changes_pair ON qualification_changes (worker_id, qualification_type_id, n)
;;
CREATE TABLE qualification_requests (
	n INTEGER NOT NULL, 
	request_id TEXT NOT NULL, 
	qualification_type_id TEXT NOT NULL, 
	requester_id TEXT NOT NULL, 
	worker_id TEXT NOT NULL, 
	state TEXT NOT NULL, 
	requested_at BIGINT NOT NULL, 
	test_n BIGINT, 
	due_at BIGINT, 
	submitted_at BIGINT, 
	ended_at BIGINT, 
	answer TEXT, 
	value BIGINT, 
	reason TEXT, 
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
	n INTEGER NOT NULL, 
	qualification_type_id TEXT NOT NULL, 
	document TEXT NOT NULL, 
	answer_key TEXT, 
	duration_seconds BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (n)
)
;;
CREATE TABLE qualification_types (
	n INTEGER NOT NULL, 
	qualification_type_id TEXT NOT NULL, 
	requester_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	description TEXT NOT NULL, 
	keywords TEXT, 
	status TEXT NOT NULL, 
	test_n BIGINT, 
	retry_delay_seconds BIGINT, 
	auto_granted_value BIGINT, 
	created_at BIGINT NOT NULL, 
	deleted_at BIGINT, 
	deletion_due BIGINT, 
	search_text TEXT NOT NULL, 
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
	n INTEGER NOT NULL, 
	qualification_type_id TEXT NOT NULL, 
	worker_id TEXT NOT NULL, 
	value BIGINT NOT NULL, 
	status TEXT NOT NULL, 
	granted_at BIGINT NOT NULL, 
	reason TEXT, 
	PRIMARY KEY (n), 
	CONSTRAINT qualifications_pair UNIQUE (qualification_type_id, worker_id)
)
;;
CREATE INDEX qualifications_listing ON qualifications (qualification_type_id, status, granted_at, n)
;;
CREATE INDEX qualifications_of_worker ON qualifications (worker_id, granted_at, n, qualification_type_id, value, status) WHERE status = 'Granted'
;;
CREATE TABLE questions (
	n INTEGER NOT NULL, 
	question TEXT NOT NULL, 
	PRIMARY KEY (n)
)
;;
CREATE TABLE request_tokens (
	n INTEGER NOT NULL, 
	owner_id TEXT NOT NULL, 
	family TEXT NOT NULL, 
	token TEXT NOT NULL, 
	result TEXT NOT NULL, 
	used_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT request_tokens_token UNIQUE (owner_id, family, token)
)
;;
CREATE INDEX request_tokens_used ON request_tokens (used_at)
;;
CREATE TABLE requesters (
	n INTEGER NOT NULL, 
	requester_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	billing_mode TEXT NOT NULL, 
	blocks BIGINT DEFAULT 0 NOT NULL, 
	is_suspended BIGINT DEFAULT 0 NOT NULL, 
	webhook_key BIGINT DEFAULT 1 NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT requesters_id UNIQUE (requester_id)
)
;;
CREATE TABLE review_runs (
	n INTEGER NOT NULL, 
	hit_id TEXT NOT NULL, 
	level TEXT NOT NULL, 
	"trigger" TEXT NOT NULL, 
	part BIGINT NOT NULL, 
	run_id TEXT NOT NULL, 
	results TEXT NOT NULL, 
	actions TEXT NOT NULL, 
	error TEXT, 
	ran_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT review_runs_trigger UNIQUE (hit_id, level, "trigger", part)
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
	n INTEGER NOT NULL, 
	session_hash TEXT NOT NULL, 
	worker_id TEXT NOT NULL, 
	csrf_token TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	seen_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT sessions_hash UNIQUE (session_hash)
)
;;
CREATE TABLE sign_in_failures (
	n INTEGER NOT NULL, 
	subject TEXT NOT NULL, 
	failed_at BIGINT NOT NULL, 
	PRIMARY KEY (n)
)
;;
CREATE INDEX sign_in_failures_subject ON sign_in_failures (subject, failed_at)
;;
CREATE TABLE staged (
	n INTEGER NOT NULL, 
	ticket TEXT NOT NULL, 
	assignment_id TEXT NOT NULL, 
	document TEXT NOT NULL, 
	answer_values TEXT NOT NULL, 
	origin TEXT, 
	received_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT staged_ticket UNIQUE (ticket)
)
;;
CREATE INDEX staged_assignment ON staged (assignment_id, n)
;;
CREATE TABLE transfers (
	n INTEGER NOT NULL, 
	transfer_id TEXT NOT NULL, 
	source TEXT NOT NULL, 
	target TEXT NOT NULL, 
	amount BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	hit_id TEXT, 
	assignment_id TEXT, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT transfers_id UNIQUE (transfer_id), 
	CONSTRAINT transfers_amount CHECK (amount > 0 and source <> target)
)
;;
CREATE INDEX transfers_hit ON transfers (hit_id)
;;
CREATE TABLE worker_blocks (
	n INTEGER NOT NULL, 
	requester_id TEXT NOT NULL, 
	worker_id TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (n), 
	CONSTRAINT worker_blocks_pair UNIQUE (worker_id, requester_id)
)
;;
CREATE INDEX worker_blocks_listing ON worker_blocks (requester_id, n)
;;
CREATE TABLE worker_tokens (
	n INTEGER NOT NULL, 
	token_hash TEXT NOT NULL, 
	worker_id TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	revoked_at BIGINT, 
	PRIMARY KEY (n), 
	CONSTRAINT worker_tokens_hash UNIQUE (token_hash)
)
;;
CREATE TABLE workers (
	n INTEGER NOT NULL, 
	worker_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	name_key TEXT NOT NULL, 
	email TEXT, 
	password_hash TEXT, 
	worker_class TEXT NOT NULL, 
	country TEXT NOT NULL, 
	subdivision TEXT, 
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
CREATE TRIGGER transfers_no_UPDATE BEFORE UPDATE ON transfers BEGIN SELECT RAISE(ABORT, 'transfers are never changed'); END
;;
CREATE TRIGGER transfers_no_DELETE BEFORE DELETE ON transfers BEGIN SELECT RAISE(ABORT, 'transfers are never changed'); END
;;
