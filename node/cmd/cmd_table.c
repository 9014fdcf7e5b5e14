/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cmd/cmd.h"
#include "node/cmd/cmd_run.h"

/* clang-format off: one row reads as one paragraph */
#define END                                                                            \
    {                                                                                  \
        0, NULL, NULL, NULL                                                            \
    }
#define OPTIONS(name, ...) static const struct cmd_option name[] = {__VA_ARGS__, END}

OPTIONS(INIT, {0, "role", "ROLE", N_("commune, district or province")},
        {0, "unit", "CODE", N_("code of the administrative unit, e.g. 24175")},
        {0, "valid-from", "DATE",
         N_("since when this code means this unit (default 2025-07-01)")},
        {0, "name", "NAME", N_("name of the office, for people")},
        {0, "upstream", "URL",
         N_("ssh://user@host[:port]/, https://host[:port]/ or a folder (drop box)")},
        {0, "join", "FILE",
         N_("enrolment file from the tier above: sets upstream, keys and unit")});
OPTIONS(NODE_ADD,
        {0, "unit", "CODE",
         N_("unit whose records this node keeps, or that it reads below")},
        {0, "valid-from", "DATE", N_("since when this code means this unit")},
        {0, "name", "NAME", N_("name of the office")},
        {0, "role", "ROLE", N_("commune (default) or district (reads and relays)")},
        {0, "reads", "UNIT",
         N_("a further unit the district may read, besides those below its own")},
        {0, "relay", NULL,
         N_("a district that hands on what its communes send; a commune whose records "
            "go on to the tier above")},
        {0, "url", "URL",
         N_("how the node reaches this machine, for its enrolment file")},
        {0, "host-key", "FILE",
         N_("public host key of this machine's ssh server, or certificate of its web "
            "server")});
OPTIONS(SSHD,
        {0, "user", "NAME", N_("login user that owns this home (default: sohoa)")});
OPTIONS(NGINX,
        {0, "socket", "PATH",
         N_("socket of \"receive --fcgi\" (default: /run/sohoa/door.sock)")},
        {0, "certificate", "FILE", N_("certificate of the web server, PEM")},
        {0, "key", "FILE", N_("its key, PEM")});
OPTIONS(RECEIVE,
        {0, "fcgi", "SOCKET", N_("answer by FastCGI on this socket, made anew")},
        {0, "workers", "N", N_("with --fcgi: requests at the same time (default 16)")},
        {0, "piece", NULL,
         N_("one of many requests of a node (the web server's way)")});
/* Pictures that belong to a record there is already. */
#define INTO_RECORD                                                                    \
    {0, "replace", "PAGE", N_("the picture takes the place of this page")},            \
        {0, "after", "PAGE", N_("the pictures become pages after this one")},          \
        {0, "before", "PAGE", N_("the pictures become pages before this one")},        \
    {                                                                                  \
        0, "user", "NAME", N_("who does it: a user with the right role")               \
    }
OPTIONS(SCAN_FINISH,
        {0, "at-end", NULL, N_("behind the last page of the record it was meant for")},
        INTO_RECORD, {0, "why", "REASON", N_("why, for the history")});
OPTIONS(SCAN, {0, "device", "NAME", N_("the scanner; without it the first there is")},
        {0, "source", "WHERE", N_("flatbed (default), adf: document feeder, duplex")},
        {0, "mode", "MODE", N_("color (default), grey, bw")},
        {0, "dpi", "N", N_("dots an inch, 300 when not given")},
        {0, "size", "SIZE", N_("a4 (default), a3, a5, max: all the scanner can")},
        {0, "pages", "N", N_("at most so many pictures")},
        {0, "option", "NAME=VALUE", N_("an option of its driver (may be repeated)")},
        {0, "go-on", NULL, N_("go on with the open stack")},
        {0, "backs", NULL, N_("these are the backs: the stack lies turned over")},
        {0, "keep-open", NULL, N_("more is to come: do not take the stack in yet")},
        {0, "dossier", "ID", N_("put the items into this dossier")},
        {0, "kind", "KIND", N_("kind of record: birth, death, marriage, document, …")},
        {0, "per-file", "item|page",
         N_("each file is an item (default), or all files are the pages of one item")},
        {0, "expect", "N",
         N_("how many pages there should be; with another count nothing is sealed")},
        INTO_RECORD,
        {0, "why", "REASON",
         N_("why another count than --expect is right, or why the page changes")});
OPTIONS(SERVE,
        {0, "listen", "ADDR:PORT", N_("where to be reached (default 127.0.0.1:8420)")},
        {0, "lan", "ADDR[:PORT]",
         N_("let other computers and phones in, over TLS: all, or an address of this "
            "computer (port 8443 when none is given)")});
OPTIONS(CERT_RENEW,
        {0, "new-key", NULL,
         N_("with another key: everybody has to compare the fingerprint again")});
OPTIONS(WATCH, {0, "once", NULL, N_("take what is there now, then end")},
        {0, "still", "SECONDS", N_("how long a file must be unchanged (default 5)")},
        {0, "dossier", "ID", N_("put the items into this dossier")},
        {0, "kind", "KIND", N_("kind of record: birth, death, marriage, document, …")});
OPTIONS(IMPORT, {0, "dossier", "ID", N_("put the items into this dossier")},
        {0, "kind", "KIND", N_("kind of record: birth, death, marriage, document, …")},
        {0, "per-file", "item|page",
         N_("each file is an item (default), or all files are the pages of one item")},
        {0, "expect", "N",
         N_("how many pages there should be; with another count nothing is sealed")},
        INTO_RECORD,
        {0, "why", "REASON",
         N_("why another count than --expect is right, or why the page changes")},
        {0, "wait", "SECONDS",
         N_("how long a file that is still being written is waited for (default 10)")},
        {0, "uploads", NULL,
         N_("PATH… are numbers of files that were uploaded in the browser")});
OPTIONS(QUARANTINE_REMOVE, {0, "user", "NAME", N_("administrator who decides it")});
OPTIONS(OCR,
        {'j', "jobs", "N", N_("pages at the same time (default: processor cores)")},
        {0, "limit", "N", N_("stop after N pages")},
        {0, "duplex", NULL,
         N_("pages 1 and 2, 3 and 4 … of an item are the two sides of a sheet")});
OPTIONS(OCR_EXPLAIN, {'o', "output", "DIR", N_("folder to write into")});
OPTIONS(PAGE_LIST, {0, "held", NULL, N_("only pages held for a secrecy stamp")});
OPTIONS(PAGE_REPLACE, {0, "why", "TEXT", N_("why the page is scanned anew")},
        {0, "user", "NAME", N_("who does it: a user with the right role")});
OPTIONS(PAGE_INSERT, {0, "before", NULL, N_("before that page, not after it")},
        {0, "why", "TEXT", N_("why the page is added")},
        {0, "user", "NAME", N_("who does it: a user with the right role")});
OPTIONS(PAGE_KEEP, {0, "undo", NULL, N_("the marks of the picture hold again")},
        {0, "user", "NAME", N_("who does it: a user with the right role")});
OPTIONS(PAGE_RELEASE, {0, "user", "NAME", N_("administrator who decides it")},
        {0, "why", "TEXT", N_("why the page is not secret")});
OPTIONS(PAGE_PURGE, {0, "user", "NAME", N_("administrator who decides it")},
        {0, "why", "TEXT", N_("why the page goes")},
        {0, "file", NULL, N_("with all other pages of the same file")});
OPTIONS(DOSSIER_ADD,
        {0, "kind", "file|register", N_("a file of documents, or a register volume")},
        {0, "title", "TITLE", N_("title as on the cover")},
        {0, "register", "KIND", N_("register kind: birth, death, marriage, …")},
        {0, "year", "YEAR", N_("year the register was opened")},
        {0, "volume", "N", N_("number of the volume")},
        {0, "from", "N", N_("first number in the volume")},
        {0, "to", "N", N_("last number in the volume")},
        {0, "series", "year|volume",
         N_("numbers run through the year (default) or begin anew in each volume")});
OPTIONS(SLIP_PRINT, {0, "dossier", "ID", N_("the register that the slips are of")},
        {0, "from", "N", N_("first number; without it one slip of the register alone")},
        {0, "to", "N", N_("last number (default: that of --from)")},
        {'o', "output", "FILE", N_("HTML file to write, for any browser to print")});
OPTIONS(DOSSIER_CLOSE,
        {0, "count", "N", N_("closing count: how many entries the book says it has")});
OPTIONS(DOSSIER_GAP, {0, "why", "REASON", N_("cancelled, torn, blank or other-book")});
OPTIONS(ITEM_LIST, {0, "dossier", "ID", N_("only items of this dossier")},
        {0, "state", "STATE",
         N_("only items in this state: captured, recognized, verified, sealed, …")});
OPTIONS(BY_USER, {0, "user", "NAME", N_("who does it: a user with the right role")});
OPTIONS(ITEM_RETURN, {0, "why", "TEXT", N_("what has to be corrected")},
        {0, "user", "NAME", N_("who does it")});
OPTIONS(ITEM_RETURNS, {0, "open", NULL, N_("only what is not answered yet")});
OPTIONS(ITEM_MARK, {0, "as", "MARK", N_("illegible, or blank in the book")},
        {0, "why", "TEXT", N_("why it cannot be read")},
        {0, "user", "NAME", N_("who does it")});
OPTIONS(KEYING_DRAW,
        {0, "rate", "PERCENT",
         N_("of 100 fields that nobody doubted, how many (keying.rate)")},
        {0, "user", "NAME", N_("who does it")});
OPTIONS(KEYING_LIST,
        {0, "dossier", "ID", N_("only records of this dossier; none: loose ones")},
        {0, "what", "second|third|all",
         N_("what waits for a second or a third person; all (default): also what is "
            "done")},
        {0, "user", "NAME", N_("only what this user may do")});
OPTIONS(KEYING_ANSWER, {0, "value", "TEXT", N_("what stands in the picture")},
        {0, "as", "MARK", N_("illegible, or blank in the book")},
        {0, "why", "TEXT", N_("why it cannot be read")},
        {0, "user", "NAME", N_("who does it: a user with the right role")});
OPTIONS(KEYING_SETTLE, {0, "take", "first|second|other", N_("which answer is right")},
        {0, "value", "TEXT", N_("with other: what stands in the picture")},
        {0, "as", "MARK", N_("illegible, or blank in the book")},
        {0, "why", "TEXT", N_("why it cannot be read")},
        {0, "user", "NAME", N_("who does it: a user with the right role")});
OPTIONS(REPORT_KEYING,
        {0, "dossier", "ID", N_("only this dossier; none: loose records")});
OPTIONS(SEARCH, {0, "limit", "N", N_("at most N hits (default 20)")},
        {0, "unit", "CODE", N_("upper tiers: only this unit")});
OPTIONS(EXPORT, {0, "format", "FORMAT", N_("json, txt, hocr, alto, pdf or csv")},
        {0, "tables", NULL, N_("with csv: the entries of ruled tables")},
        {0, "item", "ITEM", N_("this item; may be repeated")},
        {0, "dossier", "ID", N_("all items of this dossier")},
        {0, "all", NULL, N_("everything")},
        {'o', "output", "DIR", N_("folder to write into")});
OPTIONS(SEAL, {0, "all", NULL, N_("everything that may be sealed (default)")},
        {0, "item", "ITEM", N_("only this item; may be repeated")},
        {0, "unverified", NULL,
         N_("also what is only recognized; the bundle says so")});
OPTIONS(PULL, {0, "unit", "CODE", N_("only this unit; may be repeated")},
        {0, "pages", NULL, N_("page images too")},
        {0, "item", "ITEM",
         N_("only the files of this record, which is here already; may be repeated")});
OPTIONS(KEY_ROTATE, {'o', "output", "FILE", N_("file to write")});
OPTIONS(NODE_REPLACE, {0, "key", "KEYFILE", N_("public half of the new key")});
OPTIONS(RESTORE,
        {0, "from", "URL",
         N_("the tier above: ssh://user@host[:port]/, https://host/, a drop box, or a "
            "courier file that it wrote with --chains")},
        {0, "key", "KEYFILE",
         N_("the lost node's key, as it was saved from HOME/keys/node")},
        {0, "join", "FILE",
         N_("the node's enrolment file, when known_hosts and upstream.pub are not "
            "beside the key")},
        {0, "replaces", "NODE",
         N_("the node whose key is lost, in place of --key: makes a new one")});
OPTIONS(COURIER_WRITE,
        {0, "to", "KEYFILE|NODE",
         N_("public key of the receiver, or the node (default: the province, or the "
            "node of this stick)")},
        {0, "up", NULL, N_("at a district: for the tier above, not for a commune")},
        {0, "pages", NULL, N_("to a district: page images as well")},
        {0, "plain", NULL, N_("not sealed: whoever has the stick can read it")},
        {0, "chains", NULL,
         N_("upper tier: all that came from the node as well, to restore it or for a "
            "disk that lacks something")},
        {0, "volume-mib", "N", N_("size of a volume (default: what FAT takes)")});
OPTIONS(COURIER_READ, {0, "answer", NULL,
                       N_("upper tier: take in, and write answers and receipts onto "
                          "the same stick")});
OPTIONS(RATES,
        {0, "period", "PERIOD", N_("2026, 2026-Q4 or 2026-11; default: all time")},
        {0, "by", "unit|kind|period", N_("one row for each (default unit)")},
        {0, "indicator", "NAME", N_("received (default), verified, scanned")},
        {0, "format", "table|csv", N_("write the same rows as a file (with -o)")},
        {'o', "output", "FILE", N_("file to write")});
OPTIONS(GAPS, {0, "dossier", "ID", N_("only this register volume")},
        {0, "unit", "CODE", N_("upper tiers: only this unit")});
OPTIONS(READS, {0, "user", "NAME", N_("only what this user looked at")},
        {0, "subject", "TEXT", N_("only this record, or what was searched for")},
        {0, "days", "N", N_("of the last so many days (31)")});
OPTIONS(FSCK, {0, "deep", NULL, N_("read and hash every stored byte")},
        {0, "repair", NULL,
         N_("make the search index and counters anew and mark damaged objects")});
OPTIONS(COPY,
        {0, "new", NULL, N_("the disk is a new one in the place of the one before")});
OPTIONS(PRUNE, {0, "dry-run", NULL, N_("say what would go; nobody is asked")});
OPTIONS(USER_ADD,
        {0, "role", "ROLE", N_("clerk, verifier, district, admin or auditor")},
        {0, "password-stdin", NULL, N_("read the password from standard input")});

static const struct command TABLE[] = {
    {"init", "--role commune|district|province --unit CODE | --join FILE",
     N_("make this computer a node"),
     N_("Makes the data folder, the database and the node's key. Done once.\n\n"
        "  sohoa init --role commune --unit 24175 --name \"UBND xã Hòa Phú\"\n"
        "  sohoa init --join enrolment.json      with the file the province gave "
        "you\n\n"
        "Then give the output of \"sohoa key show\" to your province."),
     INIT, 0, 0, cmd_init_run, false},
    {"key show", "", N_("print this node's public key"),
     N_("One line in OpenSSH form. The tier above enrols this node with it."), NULL, 0,
     0, cmd_key_show, false},
    {"key rotate", "-o FILE", N_("ask for another key for this node"),
     N_("Makes a new key and writes a request for it, signed by the one of now, which "
        "goes "
        "on working until the province has taken the request. For a key that others "
        "may "
        "have seen.\n\n"
        "  sohoa key rotate -o doi-khoa.json\n\n"
        "Send the file to the province (sohoa node rotate); the enrolment file that "
        "comes "
        "back is for sohoa key take."),
     KEY_ROTATE, 0, 0, cmd_key_rotate, false},
    {"key take", "FILE", N_("go on with the key that was asked for"),
     N_("FILE is the enrolment file that the province made of the request. The new key "
        "counts from the next epoch on; what was sealed before and did not arrive is "
        "sealed again with it, under the same numbers. May be repeated."),
     NULL, 1, 1, cmd_key_take, false},
    {"node add", "KEYFILE --unit CODE", N_("enrol a node of the tier below"),
     N_("Writes the ssh key list, the list of signers and an enrolment file.\n\n"
        "  sohoa node add hoa-phu.pub --unit 24175 --name \"Xã Hòa Phú\" --url "
        "ssh://sohoa@so.example:22/\n\n"
        "Give HOME/enrol/<node>.json to the office: sohoa init --join reads it.\n\n"
        "When the office gets another unit, enrol the same key again with it: the node "
        "stays "
        "the one it is, what it sealed before is still taken, and its records stay "
        "where "
        "they are. A district reads all units below its own, also those that come "
        "later."),
     NODE_ADD, 1, 1, cmd_node_add, false},
    {"node list", "", N_("list the enrolled nodes"),
     N_("Who may send here, for which unit, and since when."), NULL, 0, 0,
     cmd_node_list, false},
    {"node revoke", "NODE", N_("take a node's right away"),
     N_("Its key is refused from now on; what it sent before stays valid."), NULL, 1, 1,
     cmd_node_revoke, false},
    {"node replace", "NODE --key KEYFILE", N_("let a new key take a lost one's place"),
     N_("For an office whose disk is gone and whose key nobody saved. It made the new "
        "key "
        "with \"sohoa restore --replaces NODE\" and sent its public half. The lost key "
        "opens and signs nothing from now on; what it signed before stays valid. This "
        "is "
        "a signed statement that cannot be taken back: be sure who asks.\n\n"
        "  sohoa node replace 5e8ff9bf55ba3508199d22e984129be6 --key "
        "hoa-phu-new.pub\n\n"
        "Give HOME/enrol/<node>.json to the office: sohoa restore --join reads it."),
     NODE_REPLACE, 1, 1, cmd_node_replace, false},
    {"node rotate", "FILE", N_("take a node's request for another key"),
     N_("FILE is what sohoa key rotate wrote at the office, signed by its key of now. "
        "The "
        "old key opens and signs nothing from then on; what it signed before stays "
        "valid. "
        "Give HOME/enrol/<node>.json back: sohoa key take reads it. Until then the "
        "office "
        "cannot send."),
     NULL, 1, 1, cmd_node_rotate, false},
    {"node key", "KEYFILE", N_("trust the key that signs the upstream's receipts"),
     N_("Only receipts signed by this key count as proof. An enrolment file does it by "
        "itself."),
     NULL, 1, 1, cmd_node_key, false},
    {"upstream trust", "FILE", N_("trust the upstream's host keys"),
     N_("FILE holds lines in known_hosts form, or the certificate of its web server. "
        "Another host key is refused, always."),
     NULL, 1, 1, cmd_node_trust_host, false},
    {"sshd-config", "", N_("print the block for the ssh server"),
     N_("Save it as /etc/ssh/sshd_config.d/sohoa.conf on the upper tier's machine."),
     SSHD, 0, 0, cmd_receive_sshd_config, false},
    {"nginx-config", "", N_("print the block for the web server"),
     N_("For offices whose network lets nothing but port 443 through. Save it as "
        "/etc/nginx/conf.d/sohoa.conf on the upper tier's machine; \"sohoa receive "
        "--fcgi\" "
        "answers behind it."),
     NGINX, 0, 0, cmd_receive_nginx_config, false},
    {"receive", "NODE | --fcgi SOCKET",
     N_("let nodes in: behind the ssh or web server"),
     N_("With NODE it is started by the ssh server only. With --fcgi it answers what a "
        "web server passes on, until it is stopped.\n\n"
        "  sohoa receive --fcgi /run/sohoa/door.sock"),
     RECEIVE, 0, 1, cmd_receive_run, false},
    {"unit import", "FILE.csv", N_("read the table of administrative units"),
     N_("Columns: code, name, kind, parent, valid_from, valid_to, successors (codes "
        "parted "
        "by spaces).\nThe whole file is taken or nothing."),
     NULL, 1, 1, cmd_unit_import, false},
    {"unit list", "", N_("list the administrative units"),
     N_("The units in the table, with "
        "the dates their codes are valid."),
     NULL, 0, 0, cmd_unit_list, false},
    {"doctor", "", N_("check this machine and the way up"),
     N_("Tools, models, rights, disk, clock, protection of helper processes, and a "
        "real call "
        "to the upstream.\nEach finding says how it is mended. Exit code 1 when "
        "something "
        "must be mended."),
     NULL, 0, 0, cmd_doctor_run, false},
    {"watch", "DIR…", N_("take in what appears in folders"),
     N_("A file is taken in when it is finished and then moved to done/ in its folder, "
        "or "
        "to refused/ with the reason beside it. Also on shares of other computers. "
        "Until it "
        "is stopped.\n\n"
        "  sohoa watch /srv/scans\n"
        "  sohoa watch --once /media/phone/DCIM"),
     WATCH, 1, CMD_ANY, cmd_watch_run, false},
    {"serve", "[--listen ADDR:PORT] [--lan ADDR[:PORT]]", N_("work in the browser"),
     N_("Prints the address to open; only this computer reaches it, unless --lan lets "
        "others in. The first time, the "
        "address makes the first user. Until it is stopped; other commands work "
        "beside it.\n\n"
        "  sohoa serve\n"
        "  sohoa serve --listen 127.0.0.1:9000\n"
        "  sohoa serve --lan all"),
     SERVE, 0, 0, cmd_serve_run, false},
    {"certificate show", "", N_("show the certificate of the pages"),
     N_("Its fingerprint, as browsers show it, and the names and addresses that it is "
        "for."),
     NULL, 0, 0, cmd_certificate_show, false},
    {"certificate renew", "[--new-key]", N_("make the certificate of the pages again"),
     N_("For the names and addresses that this computer has now. \"serve\" does it by "
        "itself when one is missing, and takes this one when it begins again.\n\n"
        "  sohoa certificate renew"),
     CERT_RENEW, 0, 0, cmd_certificate_renew, false},
    {"scan devices", "", N_("list the scanners that are connected"),
     N_("Names as --device takes them. Scanners on USB and on the network."), NULL, 0,
     0, cmd_scan_devices, false},
    {"scan run", "", N_("scan sheets and take them in"),
     N_("Each sheet is saved as soon as it is scanned. A jam or a power cut loses only "
        "the "
        "sheet it met: go on with --go-on.\n\n"
        "  sohoa scan run --source adf --dossier 1a2b3c4d-d1\n"
        "  sohoa scan run --source adf --keep-open, turn the stack over, then\n"
        "  sohoa scan run --source adf --go-on --backs"),
     SCAN, 0, 0, cmd_scan_run, false},
    {"scan finish", "", N_("take in the open stack as it is"),
     N_("For a stack that was kept open, or that a jam cut short."), SCAN_FINISH, 0, 0,
     cmd_scan_finish, false},
    {"scan stack", "", N_("the stack that is open, if one is"),
     N_("A jam or a power cut leaves one: go on with it, take it in, or drop it."),
     NULL, 0, 0, cmd_scan_stack, false},
    {"scan drop", "", N_("throw the open stack away"),
     N_("Its pictures are removed for good; the audit chain says so."), NULL, 0, 0,
     cmd_scan_drop, false},
    {"import", "PATH…", N_("take in scans, photos, PDF and archives"),
     N_("Every file is stored, or refused with a reason and kept in quarantine. The "
        "source is "
        "never moved or changed; the same content offered twice is stored once.\n\n"
        "  sohoa import scans/ letter.pdf\n"
        "  sohoa import --dossier 1a2b3c4d-d1 --kind birth --per-file page 0001.jpg "
        "0002.jpg"),
     IMPORT, 1, CMD_ANY, cmd_import_run, false},
    {"quarantine list", "", N_("list what was refused and why"),
     N_("One row for each refused file, newest first."), NULL, 0, 0,
     cmd_quarantine_list, false},
    {"quarantine show", "ID", N_("show one refused file"),
     N_("Where it came from, the reason, what to do, and where its copy lies."), NULL,
     1, 1, cmd_quarantine_show, false},
    {"quarantine release", "ID DIR", N_("copy a refused file out"),
     N_("Writes the copy into DIR, so that it can be looked at and imported again."),
     NULL, 2, 2, cmd_quarantine_release, false},
    {"quarantine remove", "ID --user NAME", N_("remove a refused file for good"),
     N_("Only an administrator may; the removal is logged."), QUARANTINE_REMOVE, 1, 1,
     cmd_quarantine_remove, false},
    {"ocr run", "", N_("recognize the waiting pages"),
     N_("Works through the queue and stops when it is empty. May be interrupted at any "
        "time; "
        "the next run goes on."),
     OCR, 0, 0, cmd_ocr_run, false},
    {"ocr explain", "PAGE -o DIR", N_("show what every step of reading a page did"),
     N_("Reads the page once more and writes a picture for each step, steps.txt and "
        "steps.json into DIR, for those who help when a page reads badly. Nothing of "
        "the record changes. A held page is explained only after its release.\n\n"
        "  sohoa ocr explain 4f0c2a9b11d3 -o page"),
     OCR_EXPLAIN, 1, 1, cmd_ocr_explain, false},
    {"slip print", "--dossier ID -o FILE",
     N_("print slips that let a stack find its places by itself"),
     N_("A slip is a sheet with a code that says which register the sheets behind it "
        "belong to, and which number they have. Laid into a stack, a watched folder or "
        "an upload it is found, kept, and is no page. Only slips of this node are "
        "believed.\n\n"
        "  sohoa slip print --dossier 1a2b3c4d-d1 --from 1 --to 50 -o slips.html"),
     SLIP_PRINT, 0, 0, cmd_slip_print, false},
    {"page list", "[--held]", N_("list pages and the files they are in"),
     N_("With --held those on which a secrecy stamp seems to stand: they wait for a "
        "decision."),
     PAGE_LIST, 0, 0, cmd_page_list, false},
    {"page replace", "PAGE FILE", N_("put a better picture in the place of a page"),
     N_("The former picture is kept and stands in the history with who did it, when "
        "and "
        "why. The new one is read again; what people wrote stays. A verified record is "
        "to be verified once more, a sealed one gets its next revision. A former "
        "picture of the record given as FILE comes back.\n\n"
        "  sohoa page replace 4f0c2a9b11d3 again.jpg --why \"ảnh mờ\""),
     PAGE_REPLACE, 2, 2, cmd_page_replace, false},
    {"page insert", "PAGE FILE…", N_("add pages after a page of a record"),
     N_("As page replace, but every picture of the files becomes a page of the record, "
        "after PAGE or with --before before it.\n\n"
        "  sohoa page insert 4f0c2a9b11d3 back.jpg --why \"thiếu mặt sau\""),
     PAGE_INSERT, 2, CMD_ANY, cmd_page_insert, false},
    {"page swap", "PAGE [PAGE]", N_("two pages of a record change places"),
     N_("Without a second page: with the other side of its sheet (pages 1 and 2, 3 and "
        "4 …).\n\n"
        "  sohoa page swap 4f0c2a9b11d3"),
     BY_USER, 1, 2, cmd_page_swap, false},
    {"page keep", "PAGE", N_("let a blank, blurred or cut picture be"),
     N_("Says that a person has looked and the picture stays as it is: it is no longer "
        "pointed out. --undo takes that back.\n\n"
        "  sohoa page keep 4f0c2a9b11d3 --user lan"),
     PAGE_KEEP, 1, 1, cmd_page_keep, false},
    {"page release", "PAGE --user NAME --why TEXT",
     N_("say that a held page is no secret"),
     N_("It is read by the next \"sohoa ocr run\" and then treated like any other "
        "page. "
        "PAGE is its SHA-256 or its first digits, 8 or more.\n\n"
        "  sohoa page release 4f0c2a9b11d3 --user giamdoc --why \"dấu giáp lai\""),
     PAGE_RELEASE, 1, 1, cmd_page_release, false},
    {"page purge", "PAGE --user NAME --why TEXT [--file]",
     N_("remove a held page for good"),
     N_("Its file and all its rows go; who did it, why and how many pages stay in the "
        "history. It cannot be undone. The paper, the source file and older backups "
        "are "
        "not touched.\n\n"
        "  sohoa page purge 4f0c2a9b11d3 --user giamdoc --why \"văn bản mật\""),
     PAGE_PURGE, 1, 1, cmd_page_purge, false},
    {"dossier add", "--kind file|register --title T",
     N_("open a file or a register volume"),
     N_("  sohoa dossier add --kind file --title \"Quyết định 2025\"\n"
        "  sohoa dossier add --kind register --title \"Khai sinh 2003, quyển 1\" \\\n"
        "        --register birth --year 2003 --volume 1 --from 1 --to 120"),
     DOSSIER_ADD, 0, 0, cmd_dossier_add, false},
    {"dossier list", "", N_("list files and register volumes"),
     N_("With counts of items and the state of closing."), NULL, 0, 0, cmd_dossier_list,
     false},
    {"dossier show", "ID", N_("show a dossier and what it lacks"),
     N_("The number that follows, and what keeps its records from being sealed."), NULL,
     1, 1, cmd_dossier_show, false},
    {"dossier close", "ID --count N", N_("close a register with its closing count"),
     N_("The count is what the book itself says; the report of gaps compares."),
     DOSSIER_CLOSE, 1, 1, cmd_dossier_close, false},
    {"dossier gap", "ID FROM-TO --why REASON", N_("explain missing numbers"),
     N_("  sohoa dossier gap 1a2b3c4d-d1 14-14 --why torn"), DOSSIER_GAP, 2, 2,
     cmd_dossier_gap, false},
    {"item list", "", N_("list items"), N_("One line an item: id, state, kind, pages."),
     ITEM_LIST, 0, 0, cmd_item_list, false},
    {"item show", "ITEM", N_("show everything of one item"),
     N_("Pages, text, fields with their source and confidence. Doubtful fields are "
        "marked."),
     NULL, 1, 1, cmd_item_show, false},
    {"item set", "ITEM FIELD=VALUE…", N_("correct fields of an item"),
     N_("The old value stays in the history. On a sealed item it makes a new revision "
        "that "
        "the next seal carries.\n\n  sohoa item set 1a2b3c4d-7 CodeNumber=12 "
        "IssuedDate=2025-03-04\n"
        "  sohoa item set 1a2b3c4d-7 dossier=1a2b3c4d-d1"),
     BY_USER, 2, CMD_ANY, cmd_item_set, false},
    {"item check", "ITEM", N_("show what a person must look at in an item"),
     N_("Doubtful fields in the order of the book, why, and what else may stand there. "
        "Nothing is changed."),
     NULL, 1, 1, cmd_item_check, false},
    {"item mark", "ITEM FIELD --as MARK [--why TEXT]",
     N_("say that a field is illegible or blank"),
     N_("Its value becomes empty; the old one stays in the history.\n\n"
        "  sohoa item mark 1a2b3c4d-7 meHoTen --as illegible --why \"ink faded\""),
     ITEM_MARK, 2, 2, cmd_item_mark, false},
    {"item undo", "ITEM --user NAME", N_("take back one's last change of an item"),
     N_("What that user set last and nobody changed since; each call goes one step "
        "further back."),
     BY_USER, 1, 1, cmd_item_undo, false},
    {"item verify", "ITEM --user NAME", N_("say that an item is right"),
     N_("The user must have the role verifier or admin."), BY_USER, 1, 1,
     cmd_item_verify, false},
    {"item return", "ITEM --why TEXT", N_("send an item back for correction"),
     N_("It has to be checked again, with the reason in its history. At the tier that "
        "gives a commune its receipts: what that commune sealed goes back to it with "
        "the next receipts, and a new revision answers it.\n\n"
        "  sohoa item return 1a2b3c4d-7 --why \"the second page is missing\""),
     ITEM_RETURN, 1, 1, cmd_item_return, false},
    {"item returns", "[--open]", N_("list what the tier above sent back"),
     N_("With the reason, and whether a newer revision has answered it. At an upper "
        "tier: what was sent back to its communes."),
     ITEM_RETURNS, 0, 0, cmd_item_returns, false},
    {"item history", "ITEM", N_("show who changed what"),
     N_("All changes of an item in order, from the audit chain."), NULL, 1, 1,
     cmd_item_history, false},
    {"keying draw", "DOSSIER [--rate PERCENT]",
     N_("choose fields to be keyed a second time"),
     N_("Of records that were checked and were in no draw yet: every field that was "
        "doubtful, and a random sample of the others. The seed follows from the chain "
        "of acts, so that nobody can choose the sample.\n\n"
        "  sohoa keying draw 1a2b3c4d-d1"),
     KEYING_DRAW, 1, 1, cmd_keying_draw, false},
    {"keying list", "[--dossier ID] [--what second|third|all]",
     N_("list fields that are keyed a second time"),
     N_("What waits for a second person is listed without the value that stands "
        "there."),
     KEYING_LIST, 0, 0, cmd_keying_list, false},
    {"keying answer", "ITEM FIELD (--value TEXT | --as MARK) --user NAME",
     N_("give the second answer for a field"),
     N_("Once, by a user who neither wrote nor verified it. Whether both are the same "
        "is "
        "not told."),
     KEYING_ANSWER, 2, 2, cmd_keying_answer, false},
    {"keying settle", "ITEM FIELD --take first|second|other --user NAME",
     N_("decide between two answers"),
     N_("By a third user with the role verifier or admin, who gave neither of them.\n\n"
        "  sohoa keying settle 1a2b3c4d-7 meHoTen --take second --user minh"),
     KEYING_SETTLE, 2, 2, cmd_keying_settle, false},
    {"search", "QUERY", N_("find text, with or without diacritics"),
     N_("Words are found however they are written (đ too); the exact spelling comes "
        "first.\n\n"
        "  sohoa search dak lak\n  sohoa search '\"quyết định\" UBND*'"),
     SEARCH, 1, CMD_ANY, cmd_search_run, false},
    {"export",
     "--format json|txt|hocr|alto|pdf|csv [--tables] (--item I… | --dossier D | --all) "
     "-o DIR",
     N_("write records into a folder"),
     N_("One file an item. Only pages past the secrecy gate are exported."), EXPORT, 0,
     0, cmd_search_export, false},
    {"bundle seal", "[--all | --item I…] [--unverified]",
     N_("seal records into signed bundles"),
     N_("Seals what is verified. A sealed bundle is opened again, every byte compared "
        "and the "
        "signature checked before it is reported."),
     SEAL, 0, 0, cmd_bundle_seal, false},
    {"bundle list", "", N_("list sealed bundles and where they are"),
     N_("States: sealed, sent, accepted, durable, refused."), NULL, 0, 0,
     cmd_bundle_list, false},
    {"bundle missing", "", N_("say what is missing before sealing"),
     N_("One line for each dossier and reason; nothing is sealed. A line with ⚠ keeps "
        "its records back."),
     NULL, 0, 0, cmd_bundle_missing, false},
    {"bundle verify", "BUNDLE", N_("check one bundle byte by byte"),
     N_("BUNDLE is the SHA-256 of its manifest as \"bundle list\" shows it, or its "
        "first "
        "digits, 8 or more."),
     NULL, 1, 1, cmd_bundle_verify, false},
    {"sync run", "", N_("send bundles up and fetch receipts"),
     N_("Goes on at the byte where the line broke. Exit code 75: the line is down, "
        "nothing is "
        "lost, try later."),
     NULL, 0, 0, cmd_sync_run, false},
    {"sync status", "", N_("what the province has, and what waits"),
     N_("Counts by state, and for what waits: how much, and why. Only verified "
        "receipts "
        "count as received."),
     NULL, 0, 0, cmd_sync_status, false},
    {"sync plan", "", N_("what the next run would send"),
     N_("Bundles in the order of sending, "
        "with their size."),
     NULL, 0, 0, cmd_sync_plan, false},
    {"receipt list", "", N_("list the receipts of the province"),
     N_("Each with the bundle it proves."), NULL, 0, 0, cmd_sync_receipts, false},
    {"receipt verify", "FILE", N_("check a receipt file"),
     N_("FILE is the JSON; its signature is FILE.sig or the same name with .sig."),
     NULL, 1, 1, cmd_sync_check_receipt, false},
    {"ingest", "", N_("upper tier: take in what was sent"),
     N_("Reads every accepted object again, puts the records into the commune's "
        "catalogue and "
        "writes signed receipts. May be repeated at will."),
     NULL, 0, 0, cmd_sync_ingest, false},
    {"pull", "[--unit CODE] [--pages] [--item ITEM]",
     N_("district: fetch records from the province"),
     N_("Metadata and text always, page images with --pages. Every signature is "
        "checked. With --item the scans of that record (with --pages its page images); "
        "what has not come up yet the commune is asked to send first."),
     PULL, 0, 0, cmd_sync_pull, false},
    {"restore", "--from URL (--key KEYFILE | --replaces NODE)",
     N_("make a lost node again from the tier above"),
     N_("For a new disk or computer, with the node's saved key. Fetches everything the "
        "tier above has accepted, checks every byte and signature, and goes on from "
        "there under the same name. The old disk can send nothing any more. May be "
        "interrupted; the same command goes on.\n\n"
        "  sohoa -C /var/lib/sohoa restore --from ssh://sohoa@so.example:22/ --key "
        "/media/usb/keys/node\n\n"
        "Save HOME/keys on a stick when the node is set up and lock the stick away. "
        "When the key is lost as well, --replaces NODE makes a new one, and the "
        "province "
        "has to state that it takes the place of the old one (sohoa node replace)."),
     RESTORE, 0, 0, cmd_restore_run, false},
    {"courier write", "FILE [--to KEYFILE]", N_("write a courier file onto a stick"),
     N_("A commune writes everything that the province has not answered yet, the "
        "province answers and receipts. A district writes answers to the commune whose "
        "file lies there, else what its communes sent, for the province (--up). FILE "
        "may be the folder of the stick. Every byte is read back; take the stick out "
        "only when it says so.\n\n"
        "  sohoa courier write /media/usb"),
     COURIER_WRITE, 1, 1, cmd_courier_write, false},
    {"courier read", "FILE", N_("take in a courier file"),
     N_("FILE may be the folder of the stick. Several volumes are read one after the "
        "other. Reading twice is reading once.\n\n"
        "  sohoa courier read /media/usb\n"
        "  sohoa courier read /media/usb --answer"),
     COURIER_READ, 1, 1, cmd_courier_read, false},
    {"courier verify", "FILE", N_("check a courier file byte by byte"),
     N_("Reads all of it and changes nothing. The receiver can, and the writer."), NULL,
     1, 1, cmd_courier_verify, false},
    {"target import", "FILE.csv", N_("read digitization targets"),
     N_("Columns: unit, indicator, kind, period, denominator, target_percent (may be "
        "empty).\n"
        "The whole file is taken or nothing; the first 20 bad lines are named."),
     NULL, 1, 1, cmd_report_target_import, false},
    {"target list", "", N_("list the targets"), N_("As imported."), NULL, 0, 0,
     cmd_report_target_list, false},
    {"report rates", "[--period P] [--by unit|kind|period]",
     N_("digitization rates n/m = xx.xx%"),
     N_("Counted from receipts. A unit without a target shows its count and \"no "
        "target set\"."),
     RATES, 0, 0, cmd_report_rates, false},
    {"report gaps", "[--dossier D]", N_("missing and doubled numbers of registers"),
     N_("Exit code 20 when there are any that nobody explained."), GAPS, 0, 0,
     cmd_report_gaps, false},
    {"report reads", "[--user NAME]", N_("who looked at what in the browser, what for"),
     N_("Exit code 20 when a line was changed or taken out."), READS, 0, 0,
     cmd_report_reads, false},
    {"report keying", "[--dossier ID]",
     N_("errors that are left, from the random sample"),
     N_("How many sampled fields were wrong, and between which bounds the share of "
        "wrong fields lies (95%, Wilson 1927). The draws with their seeds come first."),
     REPORT_KEYING, 0, 0, cmd_keying_report, false},
    {"fsck", "[--deep] [--repair]", N_("check the store"),
     N_("Database, objects, audit chain and search index. Exit code 20 when anything "
        "is damaged; "
        "it is named."),
     FSCK, 0, 0, cmd_care_fsck, false},
    {"rebuild", "", N_("make derived data anew"),
     N_("Search index and counters from the permanent part."), NULL, 0, 0,
     cmd_care_rebuild, false},
    {"backup create", "[DEST]", N_("copy everything into a folder"),
     N_("Only new objects are copied; every copied byte is read back. Put DEST on "
        "another disk; without it, the setting backup.folder says where."),
     NULL, 0, 1, cmd_care_backup, false},
    {"backup verify", "DEST", N_("check a backup byte by byte"),
     N_("Reads and hashes all of it."), NULL, 1, 1, cmd_care_backup_verify, false},
    {"backup restore", "SOURCE", N_("restore a backup into an empty home"),
     N_("  sohoa -C /var/lib/sohoa backup restore /media/usb/sohoa-backup"), NULL, 1, 1,
     cmd_care_backup_restore, false},
    {"care copy", "[--new]", N_("upper tier: bring the second copy up to date"),
     N_("Copies what is new to the folder that the setting copy.folder names, reads it "
        "back, and says how much. \"ingest\" does so by itself.\n\n"
        "  sohoa config set copy.folder /media/disk2/sohoa"),
     COPY, 0, 0, cmd_care_copy, false},
    {"care maintain", "", N_("upper tier: nightly care of the repositories"),
     N_("Rolls many packs up into few, makes one index over them, sweeps, and looks "
        "for "
        "every object. Nodes may send meanwhile. For a timer at night."),
     NULL, 0, 0, cmd_care_maintain, false},
    {"care prune", "[--dry-run]", N_("remove scanned files that the province has"),
     N_("Only files whose receipt is older than keep.masters_days (0: never), tells "
        "enough copies, and that the province proves now. Pages keep their pictures; a "
        "file that is wanted again is made from the sealed bundles."),
     PRUNE, 0, 0, cmd_care_prune, false},
    {"user add", "NAME --role ROLE", N_("add a user"),
     N_("  sohoa user add lan --role verifier"), USER_ADD, 1, 1, cmd_care_user_add,
     false},
    {"user list", "", N_("list the users"), N_("Names and roles."), NULL, 0, 0,
     cmd_care_user_list, false},
    {"config get", "KEY", N_("show one setting"), N_("Prints its value."), NULL, 1, 1,
     cmd_care_config_get, false},
    {"config set", "KEY VALUE", N_("change a setting"),
     N_("A key or value that is not allowed changes nothing."), NULL, 2, 2,
     cmd_care_config_set, false},
    {"config list", "", N_("list all settings"),
     N_("With their values and what they mean."), NULL, 0, 0, cmd_care_config_list,
     false},
    {"limits", "", N_("list every limit by name"),
     N_("Sizes, counts and times that inputs are held to."), NULL, 0, 0,
     cmd_care_limits, false},
    {"completion", "bash", N_("print the completion script"),
     N_("  sohoa completion bash > /etc/bash_completion.d/sohoa"), NULL, 1, 1,
     cmd_help_completion, false},
    {"version", "", N_("print the version"),
     N_("Of this program and of what it works with."), NULL, 0, 0, cmd_help_version,
     false},
};
/* clang-format on */

const struct command *cmd_table(size_t *count)
{
    *count = ARRAY_LEN(TABLE);
    return TABLE;
}
