/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_API_WORKER_H
#define SOHOA_WEB_API_WORKER_H

/*
 * The processes that verbs run in, and what goes over their sockets (msg.h):
 *
 *   serve → worker   API_WORKER_OPEN    {"home":"<path>"}, once
 *   worker → serve   API_WORKER_READY   empty, or API_WORKER_FAILED (an error) and end
 *   serve → worker   API_WORKER_CALL    {"id","verb","user","args":{…}}
 *   worker → serve   API_WORKER_ANSWER  {"id","status","type"} LF, then the body
 *
 * One call after another: an answer comes before the next call is read.
 */
enum {
    API_WORKER_OPEN = 1,
    API_WORKER_READY,
    API_WORKER_FAILED,
    API_WORKER_CALL,
    API_WORKER_ANSWER,
};

#define API_WORKER_CALL_MAX   ((size_t)512 << 10) /* bytes of a call */
#define API_WORKER_HEAD_MAX   ((size_t)512)       /* bytes of an answer's first line */
#define API_WORKER_ANSWER_MAX (API_WORKER_HEAD_MAX + API_BODY_MAX)

/* The bodies of `sohoa worker query|act|auth`. Return: exit code. */
int api_worker_query_main(void);
int api_worker_act_main(void);
int api_worker_auth_main(void);

#endif
