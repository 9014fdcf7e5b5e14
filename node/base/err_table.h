/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ERR(NAME, "TEXT", exit code, what happened, what is safe, what to do)
 *
 * Included several times with another ERR each time, so it has no guard. The code a
 * user sees is "SH-" and TEXT: it never changes once released. Sentences are English
 * msgids; node/po/vi.po has the Vietnamese. Keep each section with its module.
 */
#ifndef ERR
#define ERR(name, text, exit_code, what, safe, todo)
#define ERR_TABLE_ALONE
#endif
#ifndef N_
#define N_(text) text
#define ERR_TABLE_N
#endif

#define SAFE_SOURCE  N_("The original file stays where it is, unchanged.")
#define SAFE_KEPT    N_("A copy is kept in quarantine with the reason; nothing is lost.")
#define SAFE_STORED  N_("Everything saved so far is safe.")
#define SAFE_NOTHING N_("Nothing was changed.")
#define SAFE_SEALED                                                                    \
    N_("Sealed bundles stay on this machine until the province confirms them.")
#define DO_SUPPORT                                                                     \
    N_("If it happens again, run \"sohoa doctor\" and send its output to your "        \
       "administrator.")
#define DO_RESCAN N_("Scan or photograph the page again and import the new file.")

/* ---- base ---------------------------------------------------------------------- */
ERR(USAGE, "USAGE", EXIT_USAGE, N_("The command was not understood."), SAFE_NOTHING,
    N_("Run the command with --help to see how it is used."))
ERR(INTERNAL, "INTERNAL", EXIT_FAILED, N_("The program met a state it did not expect."),
    SAFE_STORED, DO_SUPPORT)
ERR(MEMORY, "MEMORY", EXIT_FAILED, N_("The computer has run out of memory."),
    SAFE_STORED, N_("Close other programs and try again."))
ERR(LIMIT, "LIMIT", EXIT_FAILED, N_("A size limit was reached."), SAFE_STORED,
    N_("Run \"sohoa limits\" to see all limits; split the work into smaller parts."))
ERR(OPEN, "OPEN", EXIT_FAILED, N_("A file could not be opened."), SAFE_STORED,
    N_("Check that the file exists and that you may read it."))
ERR(READ, "READ", EXIT_FAILED, N_("A file could not be read."), SAFE_STORED,
    N_("Check the disk or the USB stick, then try again."))
ERR(WRITE, "WRITE", EXIT_FAILED, N_("A file could not be written."), SAFE_STORED,
    N_("Check that the disk is not full or read-only, then try again."))
ERR(NOT_FOUND, "NOT-FOUND", EXIT_FAILED, N_("The file or folder does not exist."),
    SAFE_NOTHING, N_("Check the name and try again."))
ERR(DENIED, "DENIED", EXIT_FAILED, N_("This account is not allowed to do that."),
    SAFE_NOTHING,
    N_("Ask your administrator for the right to read or write this file."))
ERR(DISK_FULL, "DISK-FULL", EXIT_FAILED, N_("The disk is full."), SAFE_STORED,
    N_("Free some space and run the same command again; it goes on where it stopped."))
ERR(DISK_SYNC, "DISK-SYNC", EXIT_FAILED,
    N_("The disk reported that it could not keep what was written."),
    N_("Only what was reported as saved before is certain."),
    N_("Stop working, check the disk, then start again: everything is verified at the "
       "next start."))
ERR(TIMEOUT, "TIMEOUT", EXIT_FAILED, N_("Something took too long and was stopped."),
    SAFE_STORED, N_("Try again; if it happens again, tell your administrator."))
ERR(JSON, "JSON", EXIT_FAILED, N_("A data file is not well formed."), SAFE_NOTHING,
    N_("Get the file again from where it came from."))
ERR(LOCKED, "LOCKED", EXIT_LOCKED, N_("Another sohoa process is working on this data."),
    SAFE_NOTHING, N_("Wait until it has finished, then try again."))
ERR(WORKER_START, "WORKER-START", EXIT_FAILED,
    N_("A helper process could not be started."), SAFE_STORED, DO_SUPPORT)
ERR(WORKER_GONE, "WORKER-GONE", EXIT_FAILED, N_("A helper process ended unexpectedly."),
    SAFE_STORED, N_("Try again; the page concerned is set aside if it happens twice."))
ERR(WORKER_PROTOCOL, "WORKER-PROTOCOL", EXIT_FAILED,
    N_("A helper process answered something that is not allowed."), SAFE_STORED,
    DO_SUPPORT)
ERR(SANDBOX, "SANDBOX", EXIT_FAILED,
    N_("The protection around a helper process could not be set up."), SAFE_STORED,
    N_("Run \"sohoa doctor\"; the kernel must allow seccomp."))
ERR(KEY, "KEY", EXIT_REFUSED, N_("The key file is not a usable Ed25519 key."),
    SAFE_NOTHING,
    N_("Check that you gave the right file; \"sohoa key show\" prints a node's public "
       "key."))
ERR(KEY_USED, "KEY-USED", EXIT_REFUSED,
    N_("This key is, or was, the key of a node that is enrolled."), SAFE_NOTHING,
    N_("A key is used once. Ask the office for the new key that it made, and use that "
       "file."))
ERR(KEY_LATER, "KEY-LATER", EXIT_REFUSED,
    N_("The province has not taken this node's new key yet."), SAFE_SEALED,
    N_("Send the request that \"sohoa key rotate\" wrote to the administrator of the "
       "province (\"sohoa node rotate FILE\"), and take the enrolment file that comes "
       "back. Until then the key of before goes on working."))
ERR(KEY_REQUEST, "KEY-REQUEST", EXIT_REFUSED,
    N_("This is not a valid request for another key."), SAFE_NOTHING,
    N_("Let the office make a new one with \"sohoa key rotate\", and take that file."))
ERR(SIGNATURE, "SIGNATURE", EXIT_REFUSED, N_("A signature is missing or wrong."),
    SAFE_NOTHING, N_("Do not use this data; ask the sender to send it again."))

ERR(PASSWORD, "PASSWORD", EXIT_USAGE, N_("The password is too short or too long."),
    SAFE_NOTHING,
    N_("Choose one of 8 to 256 characters; several words are easy to remember."))

/* ---- home and configuration ---------------------------------------------------- */
ERR(NO_NODE, "NO-NODE", EXIT_NO_NODE, N_("There is no sohoa node in this folder."),
    SAFE_NOTHING, N_("Run \"sohoa init\" first, or name the folder with -C."))
ERR(HOME_EXISTS, "HOME-EXISTS", EXIT_FAILED,
    N_("There is already a sohoa node in this folder."), SAFE_NOTHING,
    N_("Choose another folder with -C, or go on working with this node."))
ERR(HOME_FS, "HOME-FS", EXIT_FAILED,
    N_("The data folder lies on a network share or a FAT disk, which cannot keep data "
       "safely."),
    SAFE_NOTHING, N_("Choose a folder on the computer's own disk."))
ERR(CONFIG, "CONFIG", EXIT_USAGE,
    N_("A setting is unknown or has a value that is not allowed."),
    N_("The old setting stays active."),
    N_("Run \"sohoa config list\" to see the settings."))

ERR(CSV, "CSV", EXIT_FAILED, N_("The table has lines that cannot be taken."),
    SAFE_NOTHING,
    N_("Correct the lines named here in the spreadsheet, save it as CSV (UTF-8) and "
       "try again."))

/* ---- flow ---------------------------------------------------------------------- */
ERR(ROLE, "ROLE", EXIT_FAILED, N_("This command belongs to another kind of node."),
    SAFE_NOTHING,
    N_("Records are captured at a commune; \"ingest\" and \"node add\" belong to the "
       "tier above."))
ERR(UPSTREAM_UNSET, "UPSTREAM-UNSET", EXIT_FAILED,
    N_("This node does not know where to send its records."), SAFE_SEALED,
    N_("Run \"sohoa init --join FILE\" with the enrolment file from the province, or "
       "\"sohoa config set upstream.url URL\"."))
ERR(UPSTREAM_KEY_UNSET, "UPSTREAM-KEY-UNSET", EXIT_REFUSED,
    N_("This node does not know the key that signs the province's receipts."),
    SAFE_SEALED,
    N_("Run \"sohoa init --join FILE\" with the enrolment file from the province, or "
       "\"sohoa node key KEYFILE\"."))
ERR(JOIN, "JOIN", EXIT_REFUSED, N_("The enrolment file was made for another node."),
    SAFE_NOTHING,
    N_("Ask the province for the file that was made for this node's key (\"sohoa key "
       "show\")."))
ERR(EXPORT, "EXPORT", EXIT_FAILED, N_("The export folder already holds other content."),
    SAFE_NOTHING, N_("Choose an empty folder."))
ERR(EXPORT_EMPTY, "EXPORT-EMPTY", EXIT_FAILED,
    N_("The record has no page that may be written out."), SAFE_NOTHING,
    N_("Let its pages be read with \"sohoa ocr run\"; a held page leaves only after a "
       "person has decided."))
ERR(PAGE_PICTURE, "PAGE-PICTURE", EXIT_FAILED,
    N_("A page was read by an older version and has no picture to write out yet."),
    N_("The scan and its text are saved; the page waits to be read again."),
    N_("Run \"sohoa ocr run\", then export again."))
ERR(PAGE_UNREADY, "PAGE-UNREADY", EXIT_PARTLY,
    N_("A page was read by an older version and has no picture to write out yet."),
    N_("The scan and its text are saved."),
    N_("Export the record once on the command line (\"sohoa export --format pdf\"), "
       "run \"sohoa ocr run\", then save it again."))
ERR(PAGE_SECRET, "PAGE-SECRET", EXIT_PARTLY,
    N_("A secrecy stamp seems to stand on this page; it is held."),
    N_("Its text was not stored, and nothing of it leaves this machine."),
    N_("A responsible person must look at the paper and decide: \"sohoa page release\" "
       "or "
       "\"sohoa page purge\"."))
ERR(RECOGNIZE_SOURCE, "PAGE-SOURCE", EXIT_PARTLY,
    N_("The picture of a page could not be made from its file."),
    N_("The file as it came in is kept."), DO_RESCAN)

/* ---- input: any file ----------------------------------------------------------- */
ERR(INPUT_LINK, "INPUT-LINK", EXIT_PARTLY, N_("This is a link, not a file."),
    SAFE_SOURCE, N_("Import the file that the link points to."))
ERR(INPUT_NOT_REGULAR, "INPUT-SPECIAL", EXIT_PARTLY,
    N_("This is not an ordinary file (a device, pipe or socket)."), SAFE_SOURCE,
    N_("Import ordinary files or folders only."))
ERR(INPUT_EMPTY, "INPUT-EMPTY", EXIT_PARTLY, N_("The file is empty."), SAFE_SOURCE,
    DO_RESCAN)
ERR(INPUT_TOO_LARGE, "INPUT-SIZE", EXIT_PARTLY, N_("The file is larger than allowed."),
    SAFE_SOURCE, N_("Scan with 300 dpi, or split the file into smaller ones."))
ERR(INPUT_SPARSE, "INPUT-SPARSE", EXIT_PARTLY,
    N_("The file is mostly holes and cannot be a scan."), SAFE_SOURCE, DO_RESCAN)
ERR(INPUT_HIDDEN, "INPUT-HIDDEN", EXIT_PARTLY, N_("This is a hidden file."),
    SAFE_SOURCE, N_("Rename the file if it should be imported."))
ERR(INPUT_GROWING, "INPUT-GROWING", EXIT_PARTLY,
    N_("The file is still being written or is not complete."), SAFE_SOURCE,
    N_("Wait until the scanner or the copy has finished, then import it again."))
ERR(INPUT_TYPE, "INPUT-TYPE", EXIT_PARTLY, N_("This kind of file cannot be read."),
    SAFE_KEPT, N_("Save it as PDF, JPEG, PNG or TIFF and import it again."))
ERR(QUARANTINE_FULL, "QUARANTINE-FULL", EXIT_PARTLY,
    N_("The quarantine is full; only the reason was recorded."), SAFE_SOURCE,
    N_("Look through \"sohoa quarantine list\" and remove what is not needed."))

/* ---- scan: kinds of files, PDF ------------------------------------------------- */
#define DO_SAVE_AS                                                                     \
    N_("Open it in its program, save it as PDF or JPEG and import the new file.")
ERR(TYPE_AVIF, "TYPE-AVIF", EXIT_PARTLY, N_("AVIF pictures are not taken."), SAFE_KEPT,
    DO_SAVE_AS)
ERR(TYPE_WEBP, "TYPE-WEBP", EXIT_PARTLY, N_("WebP pictures are not taken."), SAFE_KEPT,
    DO_SAVE_AS)
ERR(TYPE_BMP, "TYPE-BMP", EXIT_PARTLY, N_("BMP pictures are not taken."), SAFE_KEPT,
    DO_SAVE_AS)
ERR(TYPE_GIF, "TYPE-GIF", EXIT_PARTLY, N_("GIF pictures are not taken."), SAFE_KEPT,
    DO_SAVE_AS)
ERR(TYPE_DJVU, "TYPE-DJVU", EXIT_PARTLY, N_("DjVu files are not taken."), SAFE_KEPT,
    DO_SAVE_AS)
ERR(TYPE_OFFICE, "TYPE-OFFICE", EXIT_PARTLY,
    N_("This is an office document (Word, Excel or the like), not a scan."), SAFE_KEPT,
    DO_SAVE_AS)
ERR(ARCHIVE_NESTED, "ARCHIVE-NESTED", EXIT_PARTLY,
    N_("This is an archive inside an archive."), SAFE_KEPT,
    N_("Unpack the outer archive, then import the inner one."))
ERR(ARCHIVE_SPECIAL, "ARCHIVE-SPECIAL", EXIT_PARTLY,
    N_("This entry of the archive is a link or device, not a file."), SAFE_KEPT,
    N_("Pack the file itself into the archive and import it again."))
ERR(ARCHIVE_EMPTY, "ARCHIVE-EMPTY", EXIT_PARTLY, N_("The archive holds no files."),
    SAFE_KEPT, N_("Check with the sender whether the right archive was packed."))
ERR(PDF_DAMAGED, "PDF-DAMAGED", EXIT_PARTLY, N_("The PDF is damaged or shows no page."),
    SAFE_KEPT, N_("Print it to a new PDF in another program, or scan the paper again."))
ERR(PDF_ENCRYPTED, "PDF-ENCRYPTED", EXIT_PARTLY,
    N_("The PDF is protected by a password."), SAFE_KEPT,
    N_("Open it with the password, save it without one and import the new file."))
ERR(PDF_PAGES, "PDF-PAGES", EXIT_PARTLY, N_("The PDF has more pages than allowed."),
    SAFE_KEPT, N_("Split it into PDFs of at most 500 pages."))
ERR(PDF_PAGE_SIZE, "PDF-PAGE-SIZE", EXIT_PARTLY,
    N_("A page of the PDF is too large to be drawn, or has no size."), SAFE_KEPT,
    N_("Print it to a new PDF with an ordinary paper size."))
ERR(PDF_BOMB, "PDF-BOMB", EXIT_PARTLY,
    N_("A page of the PDF could not be drawn within the time and memory allowed."),
    SAFE_KEPT, N_("Print it to a new PDF in another program, or scan the paper again."))
ERR(PDF_TOOLS, "PDF-TOOLS", EXIT_FAILED, N_("The program that draws PDF is missing."),
    SAFE_STORED, N_("Install the package poppler-utils, then run \"sohoa doctor\"."))

/* ---- scan: scanners -------------------------------------------------------------- */
ERR(SCANNER_NONE, "SCANNER-NONE", EXIT_FAILED, N_("No scanner was found."), SAFE_STORED,
    N_("Check its cable and its power switch, then try again. \"sohoa scan devices\" "
       "shows what is there."))
ERR(SCANNER_DENIED, "SCANNER-DENIED", EXIT_FAILED,
    N_("This account may not use the scanner."), SAFE_STORED,
    N_("Let the administrator add the account to the group \"scanner\", then log in "
       "again."))
ERR(SCANNER_BUSY, "SCANNER-BUSY", EXIT_FAILED, N_("The scanner is used by a program."),
    SAFE_STORED, N_("Close the other scanning program, then try again."))
ERR(SCANNER_EMPTY, "SCANNER-EMPTY", EXIT_FAILED,
    N_("There is no paper in the document feeder."), SAFE_STORED,
    N_("Put the sheets into the feeder until it takes hold of them, then scan."))
ERR(SCANNER_JAM, "SCANNER-JAM", EXIT_PARTLY, N_("The paper is jammed in the scanner."),
    N_("All sheets before it are saved."),
    N_("Take the sheet out carefully, put it back on top of the rest, then go on: "
       "\"sohoa scan run --go-on\"."))
ERR(SCANNER_COVER, "SCANNER-COVER", EXIT_PARTLY, N_("The scanner is open."),
    N_("All sheets before it are saved."),
    N_("Close its cover, then go on: \"sohoa scan run --go-on\"."))
ERR(SCANNER_HANGS, "SCANNER-HANGS", EXIT_PARTLY, N_("The scanner does not answer."),
    N_("All sheets before it are saved."),
    N_("Switch it off and on again, then go on: \"sohoa scan run --go-on\"."))
ERR(SCANNER_DRIVER, "SCANNER-DRIVER", EXIT_PARTLY, N_("The scanner reported an error."),
    N_("All sheets before it are saved."),
    N_("Switch it off and on again, then go on: \"sohoa scan run --go-on\"; if it "
       "happens again, scan with another program into a folder and import that."))
ERR(SCANNER_OPTION, "SCANNER-OPTION", EXIT_USAGE,
    N_("The scanner cannot do what was asked for."), SAFE_STORED,
    N_("Choose another source, mode or resolution."))
ERR(SCANNER_STOPPED, "SCANNER-STOPPED", EXIT_INTERRUPTED, N_("Scanning was stopped."),
    N_("All sheets that were complete are saved."),
    N_("Go on with \"sohoa scan run --go-on\", or take them in with \"sohoa scan "
       "finish\"."))
ERR(SCAN_OPEN, "SCAN-OPEN", EXIT_FAILED,
    N_("Sheets of an earlier scan are not taken in yet."),
    N_("They are saved on this machine."),
    N_("Go on with \"sohoa scan run --go-on\", take them in with \"sohoa scan "
       "finish\", "
       "or throw them away with \"sohoa scan drop\"."))
ERR(SCAN_NO_STACK, "SCAN-NO-STACK", EXIT_FAILED,
    N_("There is no open stack of sheets."), SAFE_NOTHING,
    N_("Begin one with \"sohoa scan run\"."))
ERR(SCAN_BACKS, "SCAN-BACKS", EXIT_PARTLY,
    N_("There are not as many backs as fronts of the sheets."),
    N_("Fronts and backs that were scanned are saved."),
    N_("Scan the backs that are missing with --go-on --backs, or drop the stack and "
       "scan "
       "it again."))

/* ---- ocr: pictures and recognition --------------------------------------------- */
ERR(IMAGE_DAMAGED, "IMAGE-DAMAGED", EXIT_PARTLY,
    N_("The picture is damaged or not complete."), SAFE_KEPT, DO_RESCAN)
ERR(IMAGE_SIZE, "IMAGE-SIZE", EXIT_PARTLY,
    N_("The picture has more pixels than allowed."), SAFE_KEPT,
    N_("Scan with 300 dpi (at most 600 dpi for A3) and import the new file."))
ERR(IMAGE_BOMB, "IMAGE-BOMB", EXIT_PARTLY,
    N_("The picture file is built in a way that would overload the computer."),
    SAFE_KEPT, DO_RESCAN)
ERR(IMAGE_FORMAT, "IMAGE-FORMAT", EXIT_PARTLY,
    N_("The picture is of a rare variety that cannot be read."), SAFE_KEPT,
    N_("Open it in another program, save it as JPEG or PNG and import it again."))
ERR(OCR_MODEL, "OCR-MODEL", EXIT_FAILED,
    N_("The Vietnamese reading model is missing or cannot be loaded."), SAFE_STORED,
    N_("Install the package tesseract-ocr-vie, then run \"sohoa doctor\"."))
ERR(OCR_FAILED, "OCR-FAILED", EXIT_PARTLY, N_("The page could not be read."),
    N_("The scan is saved."), N_("Try again, or scan the page once more."))
ERR(OCR_TIMEOUT, "OCR-TIMEOUT", EXIT_PARTLY,
    N_("The page could not be read within the time allowed."), N_("The scan is saved."),
    N_("Try again, or scan the page once more."))
ERR(OCR_CRASH, "OCR-CRASH", EXIT_PARTLY,
    N_("The reading program broke down on this page."), N_("The scan is saved."),
    N_("Try again, or scan the page once more."))

/* ---- archives ------------------------------------------------------------------ */
ERR(ARCHIVE_FORMAT, "ARCHIVE-FORMAT", EXIT_PARTLY,
    N_("This kind of archive cannot be read."), SAFE_KEPT,
    N_("Pack the files as zip or tar, or import the files themselves."))
ERR(ARCHIVE_DAMAGED, "ARCHIVE-DAMAGED", EXIT_PARTLY,
    N_("The archive is damaged or not complete."), SAFE_KEPT,
    N_("Copy or download the archive again and import it again."))
ERR(ARCHIVE_BOMB, "ARCHIVE-LIMIT", EXIT_PARTLY,
    N_("The archive holds more files or more data than allowed."), SAFE_KEPT,
    N_("Split the archive into smaller ones, or import the files themselves."))
ERR(ARCHIVE_NAME, "ARCHIVE-NAME", EXIT_PARTLY,
    N_("A file in the archive has a name that is not allowed."), SAFE_KEPT,
    N_("Rename the file, pack the archive again and import it again."))
ERR(ARCHIVE_ENCRYPTED, "ARCHIVE-ENCRYPTED", EXIT_PARTLY,
    N_("The archive is protected by a password."), SAFE_KEPT,
    N_("Unpack it with the password, then import the files themselves."))
/* ---- sync: bundles, gate, receipts, the line ------------------------------------- */
ERR(MANIFEST, "MANIFEST", EXIT_FAILED,
    N_("The list of contents of a bundle is not well formed."), SAFE_NOTHING,
    N_("Do not use this bundle; ask the sender to send it again."))
ERR(BUNDLE_FORM, "BUNDLE-FORM", EXIT_FAILED,
    N_("A bundle is not built as a bundle has to be."), SAFE_NOTHING,
    N_("Do not use this bundle; ask the sender to send it again."))
ERR(BUNDLE_CHAIN, "BUNDLE-CHAIN", EXIT_FAILED,
    N_("A bundle does not follow the one before it."), SAFE_SEALED,
    N_("Run the same command again; if it happens again, tell your administrator."))
ERR(BUNDLE_DAMAGED, "BUNDLE-DAMAGED", EXIT_DISCREPANCY,
    N_("The content of a bundle is not what its list of contents says."), SAFE_SEALED,
    N_("Run \"sohoa fsck --deep\" and check the disk."))
ERR(BUNDLE_SIZE, "BUNDLE-SIZE", EXIT_FAILED,
    N_("A bundle or one of its objects is larger than allowed."), SAFE_NOTHING,
    N_("Run \"sohoa limits\" to see all limits."))
ERR(REPO, "REPO", EXIT_FAILED, N_("The bundle repository could not be used."),
    SAFE_STORED, DO_SUPPORT)
ERR(REF_MOVED, "REF-MOVED", EXIT_FAILED,
    N_("Another process changed the bundle chain at the same time."), SAFE_NOTHING,
    N_("Run the same command again."))
ERR(GATE_NODE, "GATE-NODE", EXIT_REFUSED,
    N_("This node is not enrolled here, or its key was withdrawn."), SAFE_SEALED,
    N_("Ask the administrator of the province to enrol this node (sohoa node add)."))
ERR(GATE_REF, "GATE-REF", EXIT_REFUSED,
    N_("A node may only add to its own bundle chains."), SAFE_SEALED,
    N_("Tell the administrator of the province; this does not happen by itself."))
ERR(GATE_FORM, "GATE-FORM", EXIT_REFUSED,
    N_("The request that was sent is not built as a request has to be."), SAFE_SEALED,
    N_("Update sohoa on this machine, then run \"sohoa sync run\" again."))
ERR(GATE_LIMIT, "GATE-LIMIT", EXIT_REFUSED,
    N_("The request that was sent is larger than allowed."), SAFE_SEALED,
    N_("Run \"sohoa limits\" to see all limits; tell your administrator."))
ERR(GATE_QUOTA, "GATE-QUOTA", EXIT_LATER,
    N_("The province has no more room set aside for this office."), SAFE_SEALED,
    N_("Ask the administrator of the province to raise commune.quota_gib; sending goes "
       "on "
       "by itself then."))
ERR(GATE_VERB, "GATE-VERB", EXIT_REFUSED,
    N_("The other end asked for something that is not offered here."), SAFE_NOTHING,
    N_("Update sohoa on both machines to the same version."))
ERR(GATE_READ, "GATE-READ", EXIT_REFUSED,
    N_("This node may not read the records of that unit."), SAFE_NOTHING,
    N_("Ask the administrator of the province to allow it (sohoa node add --reads)."))
ERR(RETURN_TIER, "RETURN-TIER", EXIT_REFUSED,
    N_("Records of this commune are sent back by the tier that gives its receipts."),
    SAFE_NOTHING,
    N_("Ask there, with the number of the record and the reason (sohoa item return)."))
ERR(RECEIPT, "RECEIPT", EXIT_REFUSED,
    N_("A receipt of the province is not well formed or does not follow the one before "
       "it."),
    N_("Nothing counts as confirmed; the bundles stay on this machine."),
    N_("Tell the administrator of the province; keep this machine as it is."))
ERR(ENROL, "ENROL", EXIT_FAILED, N_("The list of enrolled nodes cannot be used."),
    SAFE_NOTHING, N_("Restore HOME/ssh/nodes.json from a backup, or enrol again."))
ERR(URL, "URL", EXIT_USAGE, N_("The address of the province is not understood."),
    SAFE_NOTHING,
    N_("Give ssh://user@host/ or the path of a folder, for example ssh://sohoa@"
       "province.example/."))
ERR(LINE, "LINE", EXIT_LATER, N_("The line to the province is down."), SAFE_SEALED,
    N_("Nothing has to be done: the next run goes on where this one stopped."))
ERR(LINE_KEY, "LINE-KEY", EXIT_REFUSED,
    N_("The province did not let this node in with its key."), SAFE_SEALED,
    N_("Send the output of \"sohoa key show\" to the administrator of the province."))
ERR(LINE_HOST, "LINE-HOST", EXIT_REFUSED,
    N_("The machine that answered is not the province that this node trusts."),
    SAFE_SEALED,
    N_("Do not go on. Ask the administrator of the province for its host key, then run "
       "\"sohoa upstream trust FILE\"."))
ERR(UPSTREAM, "UPSTREAM", EXIT_FAILED,
    N_("The province answered something that is not allowed."), SAFE_SEALED,
    N_("Update sohoa on both machines to the same version."))
ERR(UPSTREAM_LATER, "UPSTREAM-LATER", EXIT_LATER,
    N_("The machine at the province cannot take anything at the moment."), SAFE_SEALED,
    N_("Nothing has to be done here: the next run goes on where this one stopped. "
       "If it lasts, tell the administrator of the province the code named here."))
ERR(RESTORE_LATER, "RESTORE-LATER", EXIT_LATER,
    N_("The records of this node do not all lie there yet."), SAFE_NOTHING,
    N_("By a folder they were asked for: run \"sohoa ingest\" at the province, then "
       "this command again. By stick: let the province write one with \"sohoa courier "
       "write --chains\"."))
ERR(RESTORE_KEY, "RESTORE-KEY", EXIT_REFUSED,
    N_("The province has not stated yet that this key takes the place of the lost "
       "one."),
    N_("What the province has of this node is safe there; nothing was founded here."),
    N_("Send the file keys/node.pub of this folder to the administrator of the "
       "province "
       "and ask for \"sohoa node replace NODE --key FILE\" and for the enrolment file "
       "that it makes. Then run this command again with \"--join FILE\"."))
ERR(AHEAD_LATER, "AHEAD-LATER", EXIT_LATER,
    N_("The province may have bundles of this node that this machine does not have."),
    N_("They are safe at the province, and what is here stays; nothing is "
       "overwritten."),
    N_("By a folder they were asked for: run \"sohoa ingest\" at the province, then "
       "\"sohoa sync run\" here again. By stick: let the province write one with "
       "\"sohoa courier write --chains\", and read it here."))
ERR(UPSTREAM_AHEAD, "UPSTREAM-AHEAD", EXIT_FAILED,
    N_("The province has bundles of this node that this machine does not have."),
    N_("They are safe at the province; nothing is overwritten."),
    N_("Run \"sohoa sync run\" again: it takes them back. If it stops here again, tell "
       "your administrator; \"sohoa restore\" makes the node again in an empty "
       "folder."))
ERR(PUSH_REFUSED, "PUSH-REFUSED", EXIT_PARTLY,
    N_("The province refused a bundle of this node."), SAFE_SEALED,
    N_("Read the reason with \"sohoa bundle list\" and tell your administrator."))
#define SAFE_COURIER                                                                   \
    N_("What came whole was taken in; the sender still has everything.")
ERR(SEAL, "SEAL", EXIT_PARTLY, N_("A sealed file is damaged from some place on."),
    SAFE_COURIER,
    N_("Copy the file from the stick once more, or let the sender write it again, best "
       "on another stick."))
ERR(COURIER_FORM, "COURIER-FORM", EXIT_FAILED,
    N_("This is no courier file of sohoa, or one of a newer version."), SAFE_NOTHING,
    N_("Check the name of the file; update sohoa on both machines to the same "
       "version."))
ERR(COURIER_CUT, "COURIER-CUT", EXIT_PARTLY,
    N_("The courier file is not complete: its end or a further volume is missing."),
    SAFE_COURIER,
    N_("Look for further volumes on the stick (.002, .003 …), or let the sender write "
       "it again."))
ERR(COURIER_TO, "COURIER-TO", EXIT_REFUSED,
    N_("The courier file is for another office; here it cannot be opened."),
    SAFE_NOTHING, N_("Bring the stick to the office that it was written for."))
ERR(COURIER_WHO, "COURIER-WHO", EXIT_USAGE,
    N_("It is not clear for which node the courier file is to be written."),
    SAFE_NOTHING,
    N_("Write onto the stick that this node brought, or name its key: \"sohoa courier "
       "write FILE --to KEYFILE\"."))
ERR(COURIER_FOREIGN, "COURIER-FOREIGN", EXIT_FAILED,
    N_("A file of this name is there that was not written by this node."), SAFE_NOTHING,
    N_("Take another stick or name, or put that file elsewhere first."))
ERR(COURIER_BACK, "COURIER-BACK", EXIT_FAILED,
    N_("The stick did not keep what was written: it reads back otherwise."),
    N_("Everything is still on this computer; nothing counts as sent."),
    N_("Do not trust this stick any more; take another one and write again."))
ERR(MEDIUM_ABSENT, "MEDIUM-ABSENT", EXIT_FAILED,
    N_("This stick is not plugged in any more."), SAFE_NOTHING,
    N_("Plug it in, wait until it stands in the list, then do it again."))
ERR(COURIER_FULL, "COURIER-FULL", EXIT_PARTLY, N_("The stick is full."),
    N_("What was written is whole and was read back; the rest is on this computer."),
    N_("Carry this stick and write again afterwards, or take a larger one."))
/* ---- record --------------------------------------------------------------------- */
ERR(UNIT, "UNIT", EXIT_FAILED, N_("The administrative unit is not written correctly."),
    SAFE_NOTHING, N_("Check the code and the dates of the unit in the table."))
ERR(UNIT_ABSENT, "UNIT-ABSENT", EXIT_FAILED,
    N_("This administrative unit is neither in the table nor among the records here."),
    SAFE_NOTHING, N_("Run \"sohoa unit list\" to see the units; check the code."))
ERR(KIND, "KIND", EXIT_USAGE, N_("There is no such kind of record."), SAFE_NOTHING,
    N_("Use birth, death, marriage, parent-child, marital-status, certification, "
       "incoming, outgoing, document, land or other."))
ERR(FIELD_NAME, "FIELD-NAME", EXIT_USAGE, N_("There is no field of that name."),
    SAFE_NOTHING, N_("Check the spelling of the field's name."))
ERR(FIELD_VALUE, "FIELD-VALUE", EXIT_USAGE,
    N_("The value does not fit into this field."), N_("The old value stays."),
    N_("Write dates as 2003-09-05, 2003-09 or 2003, numbers with digits, and shorten "
       "what is too long."))
ERR(PAGE, "PAGE", EXIT_FAILED, N_("The description of a page is not correct."),
    SAFE_NOTHING, DO_SUPPORT)
ERR(DOSSIER, "DOSSIER", EXIT_USAGE,
    N_("The description of the dossier is not correct."), SAFE_NOTHING,
    N_("A register needs a kind and a year, and its first number must not be above its "
       "last."))
ERR(CARD, "CARD", EXIT_FAILED, N_("A record that was received is not well formed."),
    SAFE_NOTHING, N_("Ask the sender to send it again; the data here is unchanged."))

/* ---- store ---------------------------------------------------------------------- */
ERR(STORE_ABSENT, "STORE-ABSENT", EXIT_NO_NODE, N_("The record database is not there."),
    SAFE_NOTHING, N_("Name the right folder with -C, or restore the backup."))
ERR(STORE_NEWER, "STORE-NEWER", EXIT_FAILED,
    N_("The data was written by a newer version of this program."), SAFE_NOTHING,
    N_("Install the newer version again; this one will not touch the data."))
ERR(STORE_OLDER, "STORE-OLDER", EXIT_FAILED,
    N_("The data still has the form of an older version."), SAFE_NOTHING,
    N_("Run any command that writes; the data is then brought up to date."))
ERR(STORE_FOREIGN, "STORE-FOREIGN", EXIT_FAILED,
    N_("This file is not a record database of this program."), SAFE_NOTHING,
    N_("Name the right folder with -C."))
ERR(STORE_DAMAGED, "STORE-DAMAGED", EXIT_FAILED, N_("The record database is damaged."),
    N_("Nothing more is written to it. Backups and sealed bundles are not touched."),
    N_("Run \"sohoa fsck\" to see the damage, then restore the newest backup."))
ERR(STORE_SUSPECT, "STORE-SUSPECT", EXIT_FAILED,
    N_("The disk failed to keep data, so nothing more is written for now."),
    N_("Only what was reported as saved before is certain."),
    N_("Check the disk and its free space, then start again: everything is verified at "
       "the next start."))
ERR(STORE, "STORE", EXIT_FAILED, N_("The record database did not take a change."),
    SAFE_STORED, DO_SUPPORT)
ERR(OBJECT_MISSING, "OBJECT-MISSING", EXIT_FAILED, N_("A stored file is missing."),
    SAFE_STORED,
    N_("Restore it from the backup or from the province; \"sohoa fsck\" names all "
       "missing files."))
ERR(OBJECT_HASH, "OBJECT-HASH", EXIT_FAILED,
    N_("A stored file has changed: its content no longer has its checksum."),
    SAFE_STORED,
    N_("Restore it from the backup or from the province; \"sohoa fsck --deep\" names "
       "all changed files."))
ERR(ITEM_ABSENT, "ITEM-ABSENT", EXIT_FAILED, N_("There is no such record."),
    SAFE_NOTHING, N_("Run \"sohoa item list\" to see the records."))
ERR(ITEM_STATE, "ITEM-STATE", EXIT_FAILED,
    N_("The record is not in a state in which that can be done."), SAFE_NOTHING,
    N_("Run \"sohoa item show\" to see its state; pages are read by \"sohoa ocr "
       "run\"."))
ERR(ITEM_SEALED, "ITEM-SEALED", EXIT_FAILED,
    N_("The record is sealed; this part of it can no longer be changed."), SAFE_NOTHING,
    N_("Correct its fields with \"sohoa item set\"; that makes a new revision."))
ERR(ITEM_HELD, "ITEM-HELD", EXIT_FAILED,
    N_("A page of the record is held back and must not leave this computer."),
    SAFE_NOTHING,
    N_("An administrator decides about the page first: \"sohoa page release\" or "
       "\"sohoa "
       "page purge\"."))
ERR(ITEM_PAGES, "ITEM-PAGES", EXIT_FAILED,
    N_("The record does not have the pages it should have."), SAFE_NOTHING,
    N_("Scan what is missing and import again, or say why the count differs: \"sohoa "
       "item set ITEM expect=REASON\"."))
ERR(FIELD_SEEN, "FIELD-SEEN", EXIT_REFUSED,
    N_("Somebody else changed this field in the meantime."),
    N_("Nothing was overwritten; both values are in the history."),
    N_("Look at the value that stands there now, then change it again where needed."))
ERR(WHY, "WHY", EXIT_USAGE, N_("A reason is needed."), SAFE_NOTHING,
    N_("Write in a few words why, then do it again."))
ERR(UNDO, "UNDO", EXIT_REFUSED,
    N_("There is nothing of yours in this record that could be taken back."),
    SAFE_NOTHING, N_("Look at the history of the record and correct the field."))
ERR(KEYING, "KEYING", EXIT_REFUSED,
    N_("This field does not wait for that: it was not drawn, or it is keyed already."),
    SAFE_NOTHING, N_("Look at \"sohoa keying list\"; it says what waits for whom."))
ERR(KEYER, "KEYER", EXIT_REFUSED,
    N_("This field must be looked at by somebody else: who wrote, keyed or verified it "
       "does not check it."),
    N_("Nothing was changed; the field waits for another person."),
    N_("Let another user do it. Each person needs a user of his or her own."))
ERR(PAGE_EXISTS, "PAGE-EXISTS", EXIT_FAILED, N_("This page is stored already."),
    SAFE_NOTHING, N_("Nothing has to be done."))
ERR(PAGE_ABSENT, "PAGE-ABSENT", EXIT_FAILED, N_("There is no such page."), SAFE_NOTHING,
    N_("Run \"sohoa item show\" to see the pages of a record."))
ERR(PAGE_PAST, "PAGE-PAST", EXIT_REFUSED,
    N_("Another picture has taken the place of this page."),
    N_("Both pictures are kept; nothing was changed."),
    N_("Look at the history of the record, and name the page that stands there now."))
ERR(PAGE_ONE, "PAGE-ONE", EXIT_PARTLY,
    N_("Only one picture can take the place of a page."),
    N_("The page stays as it was; what came is kept aside."),
    N_("Give one picture for the page, and insert the others after it."))
ERR(PAGE_ELSEWHERE, "PAGE-ELSEWHERE", EXIT_PARTLY,
    N_("This very picture is a page already."), SAFE_NOTHING,
    N_("Scan the sheet once more: a stored picture can stand in one place only."))
ERR(PAGE_ALONE, "PAGE-ALONE", EXIT_REFUSED,
    N_("These two pages cannot change places: they are not two pages of one record."),
    SAFE_NOTHING, N_("Name two pages of the same record."))
ERR(PAGE_NOT_HELD, "PAGE-NOT-HELD", EXIT_FAILED, N_("This page is not held."),
    SAFE_NOTHING, N_("Run \"sohoa page list --held\" to see the pages that are."))
ERR(PAGE_SHARED, "PAGE-SHARED", EXIT_FAILED,
    N_("This page is in one file with other pages, and the file would stay."),
    SAFE_NOTHING,
    N_("Purge the whole file with --file, then scan its other pages anew."))
ERR(DOSSIER_ABSENT, "DOSSIER-ABSENT", EXIT_FAILED, N_("There is no such dossier."),
    SAFE_NOTHING, N_("Run \"sohoa dossier list\" to see the dossiers."))
ERR(DOSSIER_EXISTS, "DOSSIER-EXISTS", EXIT_FAILED,
    N_("This volume of the register is there already."), SAFE_NOTHING,
    N_("Use the dossier that is there, or give the other volume its own number."))
ERR(DOSSIER_CLOSED, "DOSSIER-CLOSED", EXIT_FAILED, N_("The dossier is closed."),
    SAFE_NOTHING, N_("Add the record to another dossier."))
ERR(USER_EXISTS, "USER-EXISTS", EXIT_FAILED,
    N_("There is already a user of that name."), SAFE_NOTHING,
    N_("Choose another name."))
ERR(USER_ABSENT, "USER-ABSENT", EXIT_REFUSED, N_("There is no such active user."),
    SAFE_NOTHING, N_("Check the name, or let an administrator add the user."))
ERR(USER_RIGHT, "USER-RIGHT", EXIT_REFUSED,
    N_("This user does not have the right to do that."), SAFE_NOTHING,
    N_("Let a user with the right role do it."))
ERR(USER_LAST, "USER-LAST", EXIT_REFUSED, N_("No active administrator would be left."),
    SAFE_NOTHING, N_("Make another user an administrator first."))
ERR(USER_NAME, "USER-NAME", EXIT_USAGE, N_("The user name cannot be used."),
    SAFE_NOTHING,
    N_("Use letters, digits and the signs . _ -, not a dot first, at most 64 bytes."))
ERR(JOB_LOST, "JOB-LOST", EXIT_FAILED, N_("Another process has taken over this page."),
    SAFE_STORED, N_("Nothing has to be done."))
ERR(AUDIT, "AUDIT", EXIT_DISCREPANCY, N_("The log of changes has been tampered with."),
    SAFE_STORED,
    N_("Keep the computer as it is and tell your administrator; compare with the "
       "backup "
       "and the province."))
ERR(SEARCH, "SEARCH", EXIT_USAGE, N_("The search text is too long."), SAFE_NOTHING,
    N_("Search for fewer words."))
ERR(INDEX, "INDEX", EXIT_DISCREPANCY, N_("The search index does not fit the texts."),
    SAFE_STORED, N_("Run \"sohoa rebuild\"."))
ERR(SUMMARY, "SUMMARY", EXIT_DISCREPANCY, N_("Stored figures differ from the records."),
    SAFE_STORED, N_("Run \"sohoa rebuild\"."))
ERR(TARGET, "TARGET", EXIT_USAGE, N_("The target is not written correctly."),
    SAFE_NOTHING,
    N_("Check unit, indicator, kind and period (2026, 2026-Q4 or 2026-11) and the "
       "number."))
ERR(QUARANTINE_ABSENT, "QUARANTINE-ABSENT", EXIT_FAILED,
    N_("There is no such entry in quarantine."), SAFE_NOTHING,
    N_("Run \"sohoa quarantine list\" to see the entries."))
ERR(BUNDLE_EXISTS, "BUNDLE-EXISTS", EXIT_FAILED, N_("This bundle is recorded already."),
    SAFE_NOTHING, N_("Nothing has to be done."))
ERR(BUNDLE_ABSENT, "BUNDLE-ABSENT", EXIT_FAILED, N_("There is no such bundle."),
    SAFE_NOTHING, N_("Run \"sohoa bundle list\" to see the bundles."))
ERR(BUNDLE_AMBIGUOUS, "BUNDLE-AMBIGUOUS", EXIT_USAGE,
    N_("Several bundles have a name that begins so."), SAFE_NOTHING,
    N_("Write more digits of the name, as \"sohoa bundle list --json\" shows them."))
ERR(INGEST_ORDER, "INGEST-ORDER", EXIT_LATER,
    N_("An earlier bundle of this node is still missing."), SAFE_STORED,
    N_("It is taken in as soon as the missing bundle has arrived."))
ERR(INGEST_FORK, "INGEST-FORK", EXIT_FAILED,
    N_("A node sent two different bundles under one number."), SAFE_STORED,
    N_("Ask the node's administrator; it may run from an old disk image."))
ERR(INGEST_OWNER, "INGEST-OWNER", EXIT_REFUSED,
    N_("A node sent a record that belongs to another node."), SAFE_NOTHING,
    N_("Ask the node's administrator."))
ERR(COPY, "COPY", EXIT_PARTLY, N_("The second copy could not be made."),
    N_("What was received is safe on this machine; nodes get no receipt that promises "
       "more."),
    N_("Check the disk of the setting copy.folder. Has it been replaced by an empty "
       "one, run \"sohoa care copy --new\"."))
ERR(UNPROVEN, "UNPROVEN", EXIT_DISCREPANCY,
    N_("The tier above could not prove that it holds a file that it gave a receipt "
       "for."),
    N_("The file stays on this machine, and its bundle counts as not received yet."),
    N_("Tell the administrator of the tier above at once: its disk or its backup must "
       "be "
       "looked at."))
ERR(BACKUP, "BACKUP", EXIT_FAILED, N_("The backup could not be made."),
    N_("Your data is unchanged."),
    N_("Check the backup disk and its free space, then try again."))
ERR(BACKUP_ABSENT, "BACKUP-ABSENT", EXIT_FAILED,
    N_("There is no complete backup in this folder."), SAFE_NOTHING,
    N_("Name the right folder, or make the backup again."))
ERR(BACKUP_DAMAGED, "BACKUP-DAMAGED", EXIT_DISCREPANCY, N_("The backup is damaged."),
    N_("Your data is unchanged."),
    N_("Make a new backup at once, on another disk if it happens again."))

/* ---- web ------------------------------------------------------------------------- */
#define DO_RELOAD N_("Reload the page; if it happens again, tell your administrator.")
ERR(WEB_ADDRESS, "WEB-ADDRESS", EXIT_USAGE,
    N_("The address to listen on cannot be used."), SAFE_NOTHING,
    N_("Give --listen 127.0.0.1:PORT. Other computers and phones are let in by --lan, "
       "which protects what is sent."))
ERR(WEB_LAN, "WEB-LAN", EXIT_USAGE,
    N_("The address for other computers cannot be used."), SAFE_NOTHING,
    N_("Give --lan all, or an address of this computer: --lan 192.168.1.5:8443."))
ERR(CERT_ABSENT, "CERT-ABSENT", EXIT_FAILED,
    N_("This node has no certificate for the pages yet."), SAFE_NOTHING,
    N_("\"sohoa serve --lan all\" makes it; so does \"sohoa certificate renew\"."))
ERR(WEB_PORT, "WEB-PORT", EXIT_FAILED,
    N_("Another program listens on this port already."), SAFE_NOTHING,
    N_("Give another port with --listen 127.0.0.1:PORT or --lan all:PORT."))
ERR(WEB_REQUEST, "WEB-REQUEST", EXIT_USAGE,
    N_("The browser sent something that is not allowed."), SAFE_NOTHING, DO_RELOAD)
ERR(WEB_HEADERS, "WEB-HEADERS", EXIT_USAGE,
    N_("The browser sent more than is allowed before the page itself."), SAFE_NOTHING,
    N_("Delete the cookies of this address in the browser, then reload the page."))
ERR(WEB_SIZE, "WEB-SIZE", EXIT_USAGE, N_("This is larger than allowed."), SAFE_NOTHING,
    N_("Split it into smaller parts; \"sohoa limits\" shows all limits."))
ERR(WEB_SLOW, "WEB-SLOW", EXIT_FAILED, N_("The request came in too slowly."),
    SAFE_NOTHING, N_("Check the connection to this computer, then try again."))
ERR(WEB_ROUTE, "WEB-ROUTE", EXIT_FAILED, N_("There is nothing at this address."),
    SAFE_NOTHING, DO_RELOAD)
ERR(WEB_METHOD, "WEB-METHOD", EXIT_USAGE, N_("This cannot be done at this address."),
    SAFE_NOTHING, DO_RELOAD)
ERR(WEB_ORIGIN, "WEB-ORIGIN", EXIT_REFUSED,
    N_("The request did not come from this program's own page."), SAFE_NOTHING,
    N_("Use the address that \"sohoa serve\" printed, and reload the page."))
ERR(WEB_SESSION, "WEB-SESSION", EXIT_REFUSED, N_("Nobody is logged in."), SAFE_STORED,
    N_("Log in, then go on."))
ERR(WEB_PASSWORD, "WEB-PASSWORD", EXIT_REFUSED,
    N_("The name or the password is not right."), SAFE_NOTHING,
    N_("Try again; an administrator can give a new password."))
ERR(WEB_ASLEEP, "WEB-ASLEEP", EXIT_REFUSED,
    N_("The screen is locked because nobody used it for a while."), SAFE_STORED,
    N_("Type your password, and go on where you were."))
ERR(WEB_LOCKOUT, "WEB-LOCKOUT", EXIT_REFUSED,
    N_("Too many wrong passwords; new ones are not looked at for a while."),
    SAFE_NOTHING, N_("Wait as long as shown, then try again."))
ERR(WEB_SETUP, "WEB-SETUP", EXIT_REFUSED,
    N_("The first user is there already, or the address is not the one that was "
       "printed."),
    SAFE_NOTHING, N_("Log in, or use the address that \"sohoa serve\" printed last."))
ERR(WEB_PHONE, "WEB-PHONE", EXIT_REFUSED,
    N_("This phone is not connected, or not any more."), SAFE_STORED,
    N_("Scan a new code on the Scan screen of the computer."))
ERR(WEB_LAN_OFF, "WEB-LAN-OFF", EXIT_REFUSED,
    N_("Phones and other computers are not let in."), SAFE_NOTHING,
    N_("End \"sohoa serve\" and start it by \"sohoa serve --lan all\"."))
ERR(WEB_BUSY, "WEB-BUSY", EXIT_LATER, N_("Too much was asked for at once."),
    SAFE_STORED, N_("Wait a moment, then try again."))
ERR(WEB_FIELD, "WEB-FIELD", EXIT_USAGE, N_("A value is missing or not allowed."),
    SAFE_NOTHING, N_("Correct the value that is marked."))
ERR(READING_PURPOSE, "READING-PURPOSE", EXIT_REFUSED,
    N_("What this is looked at for was not said."), SAFE_NOTHING,
    N_("Say what it is for; it is kept with your name."))
ERR(WEB_JOB, "WEB-JOB", EXIT_REFUSED, N_("Work of this kind is running already."),
    SAFE_STORED, N_("Wait until it has ended, or stop it."))

#ifdef ERR_TABLE_ALONE
#undef ERR
#undef ERR_TABLE_ALONE
#endif
#ifdef ERR_TABLE_N
#undef N_
#undef ERR_TABLE_N
#endif
