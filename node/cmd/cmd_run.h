/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_CMD_CMD_RUN_H
#define SOHOA_CMD_CMD_RUN_H

struct cmd;
struct err;

/*
 * The functions behind the table, one file a noun. Each returns an exit code, or -1 and
 * @e, which cmd_main() reports and turns into the exit code of its row.
 */
#define CMD_RUN(name) int name(struct cmd *c, struct err *e)

CMD_RUN(cmd_init_run);
CMD_RUN(cmd_key_show);
CMD_RUN(cmd_key_rotate);
CMD_RUN(cmd_key_take);
CMD_RUN(cmd_node_add);
CMD_RUN(cmd_node_list);
CMD_RUN(cmd_node_revoke);
CMD_RUN(cmd_node_replace);
CMD_RUN(cmd_node_rotate);
CMD_RUN(cmd_node_key);
CMD_RUN(cmd_node_trust_host);
CMD_RUN(cmd_receive_nginx_config);
CMD_RUN(cmd_receive_run);
CMD_RUN(cmd_receive_sshd_config);
CMD_RUN(cmd_unit_import);
CMD_RUN(cmd_unit_list);
CMD_RUN(cmd_doctor_run);
CMD_RUN(cmd_import_run);
CMD_RUN(cmd_scan_devices);
CMD_RUN(cmd_scan_run);
CMD_RUN(cmd_scan_finish);
CMD_RUN(cmd_scan_drop);
CMD_RUN(cmd_scan_stack);
CMD_RUN(cmd_watch_run);
CMD_RUN(cmd_certificate_show);
CMD_RUN(cmd_certificate_renew);
CMD_RUN(cmd_serve_run);
CMD_RUN(cmd_quarantine_list);
CMD_RUN(cmd_quarantine_show);
CMD_RUN(cmd_quarantine_release);
CMD_RUN(cmd_quarantine_remove);
CMD_RUN(cmd_ocr_run);
CMD_RUN(cmd_ocr_explain);
CMD_RUN(cmd_slip_print);
CMD_RUN(cmd_page_list);
CMD_RUN(cmd_page_replace);
CMD_RUN(cmd_page_insert);
CMD_RUN(cmd_page_swap);
CMD_RUN(cmd_page_keep);
CMD_RUN(cmd_page_release);
CMD_RUN(cmd_page_purge);
CMD_RUN(cmd_dossier_add);
CMD_RUN(cmd_dossier_list);
CMD_RUN(cmd_dossier_show);
CMD_RUN(cmd_dossier_close);
CMD_RUN(cmd_dossier_gap);
CMD_RUN(cmd_item_list);
CMD_RUN(cmd_item_show);
CMD_RUN(cmd_item_set);
CMD_RUN(cmd_item_check);
CMD_RUN(cmd_item_mark);
CMD_RUN(cmd_item_undo);
CMD_RUN(cmd_item_verify);
CMD_RUN(cmd_item_return);
CMD_RUN(cmd_item_returns);
CMD_RUN(cmd_item_history);
CMD_RUN(cmd_keying_draw);
CMD_RUN(cmd_keying_list);
CMD_RUN(cmd_keying_answer);
CMD_RUN(cmd_keying_settle);
CMD_RUN(cmd_keying_report);
CMD_RUN(cmd_search_run);
CMD_RUN(cmd_search_export);
CMD_RUN(cmd_bundle_seal);
CMD_RUN(cmd_bundle_list);
CMD_RUN(cmd_bundle_missing);
CMD_RUN(cmd_bundle_verify);
CMD_RUN(cmd_sync_run);
CMD_RUN(cmd_sync_status);
CMD_RUN(cmd_sync_plan);
CMD_RUN(cmd_sync_receipts);
CMD_RUN(cmd_sync_check_receipt);
CMD_RUN(cmd_sync_ingest);
CMD_RUN(cmd_sync_pull);
CMD_RUN(cmd_restore_run);
CMD_RUN(cmd_courier_write);
CMD_RUN(cmd_courier_read);
CMD_RUN(cmd_courier_verify);
CMD_RUN(cmd_report_target_import);
CMD_RUN(cmd_report_target_list);
CMD_RUN(cmd_report_rates);
CMD_RUN(cmd_report_gaps);
CMD_RUN(cmd_report_reads);
CMD_RUN(cmd_care_fsck);
CMD_RUN(cmd_care_rebuild);
CMD_RUN(cmd_care_backup);
CMD_RUN(cmd_care_backup_verify);
CMD_RUN(cmd_care_backup_restore);
CMD_RUN(cmd_care_copy);
CMD_RUN(cmd_care_maintain);
CMD_RUN(cmd_care_prune);
CMD_RUN(cmd_care_user_add);
CMD_RUN(cmd_care_user_list);
CMD_RUN(cmd_care_config_get);
CMD_RUN(cmd_care_config_set);
CMD_RUN(cmd_care_config_list);
CMD_RUN(cmd_care_limits);
CMD_RUN(cmd_help_completion);
CMD_RUN(cmd_help_version);

#undef CMD_RUN

#endif
