"""Notices of programs that no field gives away: what monitors, shops, accounts, trackers and lists write.

They are known by their form: lines of a monitor's labels, a status in the subject, and sentences that services write to
everybody. One sentence alone a person may have used, so signs are counted. Whoever says "I" or signs as the sender is
a person, whatever else stands there.
"""

from __future__ import annotations

import re

from daemon.mail.history import one_of, phrases_of
from daemon.mail.message import Address
from daemon.mail.services import ENOUGH, SURVEY, signs_of_services
from daemon.mail.subject import bare
from daemon.mail.voice import (
    CHARACTERS,
    is_signed_by_somebody,
    looked_at,
    signs_as,
    speaks_as_person,
    speaks_of_oneself,
    without_citations,
)

# -- what only monitors, devices, trackers, lists and gateways write --

# Labels at the beginning of a line, in lower case. People list names, rooms and dates, so only these count.
_LABELS = frozenset(
    phrases_of("""
    host/hostname/host name/notification type/state/service/additional info/date/time/event time/perfdata/output/alias
    address/ipv4/generated on/controller id/last message/sensor/probe, group, device/probe/problem name
    original problem id/operational data/severity/trigger/trigger status/trigger severity/item values/event id/alert
    alert name/alertname/alarm/alarm name/check output/last check/previous state/new state/old state/status code
    threat/threat name/threat type/action taken/time of occurrence/computer name/machine name/device name/device ip
    nas name/app name/serial num/serial number/firmware/firmware version/ip address/source ip/destination ip/port
    backup job/backup size/backup plan/job name/job status/exit code/exit status/start time/end time/duration
    total size/transferred/total files/files/errors/warnings/success/build/build number/build url/commit/branch
    pipeline/triggered by/committer/author/changes/repository/workflow/job/runner/incident id/incident number
    monitor/monitor url/response time/downtime/root cause/instance/labels/annotations/summary/threshold
    time elapsed/timestamp/unique-id/job run/event type/invitee/invitee email/what happened/where it happened
    what was detected/how severe it is
    user associated with device/what you need to do
    was ist passiert/wo/pfad/was wurde erkannt/current value/metric/namespace/region/account id/scan date/scan time
    page count/pages/caller id/called
    message length/reference number/remote id/csid/fax number/received pages/log name/source/level/user name
    event type
    dateien/anzahl dateien/sicherungsaufgabe/seriennummer/zeit/schweregrad/zeitpunkt/rechner/rechnername/gerät
    gerätename/ereignis
    ereignis-id/auftrag/sicherungsauftrag/startzeit
    endzeit/dauer/quelle/bedrohung/aktion/ergebnis/meldung/gravité/hôte/événement/durée/gravedad/equipo/evento
    duración
    bcharge/loadpct/timeleft/linev/battv/upsname/upsmode/name/location/contact/code/status/message/category/details
    """)
)
_OF_ANYBODY = frozenset(
    phrases_of("""
    name/location/contact/code/status/message/category/details/date/time/summary/files/author/changes/source/port
    computer name/device name/serial number/seriennummer/zeit/duration/start time/end time/dauer/zeitpunkt/rechner
    gerät/meldung/equipo
    evento/address/output/alias/service/repository/branch/errors/job/user name/ip address/hostname/host/pages/level
    auftrag/account id/region
    """)
)
"""Of these labels, those that people write above their requests too; they only count below others."""
_LABELLED = re.compile(
    r"^[ \t>*|•-]{0,4}([^\W\d_][\w ./'-]{1,24}?)[ \t.]{0,24}(?:[:=][ \t*]{0,12}|[ ]{2,40}|\t)\S", re.MULTILINE
)
_SHEET = 3
_SHARE = 0.6
_STATUS = re.compile(
    r"\W{0,4}(?:problem|recovery|acknowledgement|flapping\w{0,5}|firing|resolved|triggered|recovered)\b ?(?:\W"
    r"|service|host|in \d|#\d)|(?:\bis|\bnow|:|-|–|=>|->|→)\W{0,4}(?-i:CRITICAL|DOWN|UP|UNREACHABLE|WARNING|UNKNOWN"
    r"|OK|PROBLEM|FAILED|FAILURE|SUCCESS|ERROR|OFFLINE|ONLINE|RECOVERED|ALERT|RESOLVED|FIXED|UNSTABLE)\b"
    r"|^\W{0,3}\[(?:ok|warn(?:ing)?|critical|crit|error|fail(?:ed|ure)?|success|info|information|alert|alarm|down|up"
    r"|problem|resolved|firing|recovered|triggered|hoch|mittel|niedrig|high|medium|low|fehler|warnung|erfolgreich"
    r"|alerting|no data|degraded|offline|online|échec|succès|avertissement|éxito|fallo)\b[^\]]{0,12}\]|(?:backup"
    r"|sicherung|job|task|scan|build|deploy\w{0,4}|pipeline|run|test|check|sync|import|export|update|replication"
    r"|snapshot|monitor)\b[^?]{0,60}?\b(?:failed|succeeded|completed|finished|successful(?:ly)?|fehlgeschlagen"
    r"|erfolgreich|abgeschlossen|failure|with (?:errors|warnings)|is (?:down|up)|back to normal)\b|(?:sicherung"
    r"|sicherungsaufgabe|sicherungsauftrag|backup-job)\b[^?]{0,60}?(?:erfolgreich|fehlgeschlagen|abgeschlossen"
    r"|mit warnungen)|(?:-|–|:) (?:erfolgreich|fehlgeschlagen|successful|failed|success|failure)$|\b(?:down"
    r"|up) alert\b|\balert - \w|\b(?:ok|warn|crit|up|down|unknown)\w{0,8} (?:->|=>|→) \w|^\W{0,3}(?-i:ALARM|ALERT"
    r"|CRITICAL|WARNING|OK|ERROR|PROBLEM|RECOVERY|DOWN|UP): |\b\w{3,30} event for \S{1,40} on \S|alert: job "
    r"|^(?:critical|warning|failed|broken|fixed|passed|succeeded|down|up|alert|alarm): |\balert: |build #? ?\d+\b"
    r"|\bpower failure|on battery|threat (?:detected|found)|malware (?:detected|found|bereinigt)"
    r"|quarant\w{1,8} (?:report|digest|summary|notification)|report for \S+\.\S+",
    re.IGNORECASE | re.MULTILINE,
)
# Subjects in a form that no person writes: trackers number what they tell, voice mail and fax say from whom.
_CERTAIN_SUBJECT = re.compile(
    r"\[(?:fail2ban|glpi #\d+|youtrack, \w{1,20}|prtg network monitor[^\]]{0,40})\]|\[[\w.-]{1,60}"
    r"/[\w.-]{1,60}\] .{1,200}\((?:pr |issue |mr )?[#!]\d{1,9}\)$|(?:failed|broken|fixed|passed|success): (?:pipeline"
    r"|build) #\d|\[(?:failed|success|warning)\] \S.{0,80}\(\d{1,5} (?:vm|machine|object|file|server|computer)s?\)"
    r"|\[jira\] \(?[a-z][a-z0-9]{1,9}-\d|\[[\w. -]{1,60} - \w{1,20} #\d{1,9}\] \(|\[[\w.-]{1,60}"
    r"/[\w.-]{1,60}\] (?:run|pr run|workflow|scheduled run) (?:failed|succeeded|cancelled)|[\w ."
    r"/-]{1,60} - build # ?\d{1,9} - |confirm [0-9a-f]{8,64}$|dmarc (?:aggregate )?report\b|\[?(?:pbx|3cx"
    r"|voip)\]?:? new (?:voice)?(?:mail|message)|(?:new|neue) (?:voice ?mail|voice message|sprachnachricht"
    r"|message vocal|fax)\b.{0,20}(?:\bfrom|\bvon|\bde|\bin mailbox)\b.{0,30}\d{3}"
    r"|voice ?mail (?:message )?from \+?\d|(?:missed call from|verpasster anruf von|anruf in abwesenheit von"
    r"|appel manqué d[eu]|llamada perdida de|chiamata persa da|gemiste oproep van) \+?\d|nachricht auf (?:der"
    r"|ihrer) (?:sprachbox|mailbox) von \+?\d|(?:neues )?fax (?:from|von|received from|message from) \W?\d{3}"
    r"|message from [\"“]?(?:km_|rnp|mfp|bru?n|npi|sec)\w{2,16}[\"”]?$|(?:scanned|scan) (?:image|document|file"
    r"|data)? ?from (?:a |your )?(?:mfp|xerox|canon|hp|ricoh|sharp|konica|kyocera|copier|multifunction)"
    r"|\d{1,5} .{1,60} moderator request|your message to .{1,60} awaits moderator"
    r"|.{1,80} mailing list memberships? reminder|(?:un)?subscription request|welcome to (?:list \S{1,80}$"
    r"|the \"?[\w.@-]{1,80}\"? mailing list)|you have been (?:un)?subscribed (?:from|to) "
    r"|\[?\w{0,20} ?waiting list\]?$|.{1,150} \(boxbe ",
    re.IGNORECASE,
)
# Sentences that one program or one kind of program writes, word for word.
_CERTAIN = re.compile(
    "|".join(
        (
            r"this e-?mail was sent from \"\w|you (?:were just left|have (?:a|\d+) new|have received a(?: new)?"
            r"|(?:have )?missed) [^.\n]{0,40}?(?:voice ?mail|voice message|message \(?number|fax|call from \+?\d)"
            r"|left a \d+:\d\d long message|(?:sie haben|du hast) (?:ein|eine|\d+) (?:neues?) [^.\n]{0,20}?(?:fax"
            r"|sprachnachricht|voicemail|nachricht auf)[^.\n]{0,40}?\d{3}|vous avez (?:un"
            r"|\d+) nouveaux? (?:message vocal|fax)|tiene (?:un|\d+) (?:nuevos? )?(?:mensaje de voz|fax)"
            r"|received an? \d+ page fax|a \d+ page fax",
            r"the attached file is (?:the )?scanned|scanned (?:from|image)[^.\n]{0,40}(?:xerox|pdf format"
            r"|multifunction|mfp)|gescannt (?:von|mit|auf) [^.\n]{0,40}(?:mfp|xerox|kyocera|ricoh|bizhub|canon"
            r"|lexmark|brother)|^scan date: ?\d",
            r"has (?:tentatively )?(?:accepted|declined|replied .maybe. to) (?:this|your|the) invitation|hat (?:diese"
            r"|ihre|deine) einladung (?:mit vorbehalt )?(?:angenommen|abgelehnt)|a (?:accepté|refusé) (?:cette"
            r"|votre) invitation|ha (?:aceptado|rechazado) (?:esta|tu|su) invitación|ha (?:accettato"
            r"|rifiutato) questo invito|heeft deze uitnodiging (?:geaccepteerd|geweigerd)|(?:aceitou"
            r"|recusou) este convite",
            r"being held until the list moderator|list has \d+ request|you are now (?:a )?subscribe[rd] (?:of"
            r"|to) (?:the )?list|mailing list subscription confirmation|about your \S{1,100} mailing list memberships"
            r"|to confirm that you want to be (?:added|removed)|subscription of your e-?mail address"
            r"|welcome to the \S{1,100} mailing list|keeping the subject: header intact"
            r"|willkommen auf der mailingliste|bienvenue sur la liste|bienvenido a la lista|benvenuto nella lista"
            r"|welkom op de mailinglijst",
            r"^[ *]{0,3}issue #?\d{1,9} has been (?:reported|updated) by |\bcreated a(?:n issue| merge request"
            r"| pull request)?:? https?://|^pipeline #\d{1,12} (?:has|triggered)|check console output at "
            r"|all jobs have (?:failed|succeeded|been cancelled)|console output at https?://",
            r"^[ *]{0,3}[^\W\d_][\w.'’ -]{1,60} (?:updated|created|resolved|closed|reopened|commented on"
            r"|changed) [a-z][a-z0-9]{1,9}-\d{1,7}\b",
            r"^(?:ein )?neuer kommentar zum beitrag|^(?:a )?new comment on (?:the|your) post"
            r"|a comment on the post .{0,80} is waiting for your approval|aggregate report (?:for|from) \S+\.\S+"
            r"|\bnew messages? in your (?:\w{1,12} )?quarantine",
            r"(?:wurde automatisch auf|has been updated (?:automatically )?to"
            r"|was automatically updated to) wordpress \d|^\*{3,8} (?:nagios|icinga|shinken)",
            r"^[^\W\d_][\w.'’ -]{1,60} (?:mentioned you|invited you to|assigned (?:a task|an issue|you)"
            r"|requested your review|commented on (?:your|the)|shared (?:a|an|\d+) \w{1,20} with you|reacted to your"
            r"|(?:is now|started) following you|replied to your|(?:and \d+ others? )?wants? to connect"
            r"|sent you a (?:\w{1,12} )?(?:document|file|message|invoice))",
            r"^[^\W\d_][\w.'’ -]{1,60} (?:shared [\"“][^\n]{1,80} with you|hat [^\n]{0,60}(?:für (?:sie"
            r"|dich) freigegeben|mit (?:ihnen|dir) geteilt)|a partagé [^\n]{0,60}avec vous"
            r"|ha compartido [^\n]{0,60}con(?:tigo| usted)|ha condiviso [^\n]{0,60}con (?:te|lei)"
            r"|heeft [^\n]{0,60}met (?:je|u) gedeeld|(?:compartilhou|partilhou) [^\n]{0,60}(?:com você|consigo)"
            r"|(?:has )?added you to (?:the )?\S{1,40})",
            r"^unattended upgrade result:|a new event has been scheduled|has just been banned by fail2ban"
            r"|is currently (?:down|up)(?: \(|\.| again)|entered the alarm state|\bnew direct message from"
            r"|this is the \w{2,20} (?:program|software)\b|must now reply to this message to confirm"
            r"|must be moderated for list",
        )
    ),
    re.IGNORECASE | re.MULTILINE,
)
# Programs and services that send under their own name, whole or in the ways in which they put a person's before it:
# "Robin Brandt (Confluence)", "Mara Vogt in Teams", "Sign via Docusign".
_PRODUCTS = one_of("""
    nagios/icinga/zabbix/prtg/prtg network monitor/checkmk/check_mk/grafana/prometheus/alertmanager/uptimerobot
    uptime robot
    pingdom/statuspage/statuscake/datadog/new relic/pagerduty/opsgenie/splunk/graylog/wazuh/fail2ban/logwatch
    borgmatic/veeam
    acronis/backup exec/bacula/hyper backup/synology/qnap/diskstation/truenas/proxmox/vmware/jenkins/gitlab/github
    bitbucket
    gitea/travis ci/circleci/teamcity/azure devops/dependabot/dependabot[bot]/renovate/sonarqube/sentry/jira
    confluence/youtrack
    trello/asana/monday.com/basecamp/clickup/notion/redmine/bugzilla/mantis/trac/phabricator/launchpad/discourse/slack
    teams
    microsoft teams/zoom/webex/google calendar/google drive/google docs/google alerts/dropbox/onedrive/sharepoint
    docusign
    adobe sign/hellosign/doodle/calendly/eventbrite/surveymonkey/typeform/mailchimp/hubspot/zendesk/freshdesk
    freshservice
    otrs/znuny/zammad/glpi/osticket/servicenow/topdesk/wordpress/nextcloud/owncloud/moodle/paypal/stripe/amazon/ebay
    dhl/ups
    fedex/linkedin/facebook/instagram/twitter/xing/youtube/spotify/netflix/3cx/asterisk/fritz!box/eset protect
    sophos central
    netdata/certbot/clamav/rkhunter/ossec hids/sql server agent/enterprise manager/teamviewer/proxmox ve/unifi
    mailer-daemon/mailman/listserv/sympa/cron daemon/microsoft azure/amazon web services/let's encrypt/cloudflare
""")
_PROGRAM_NAME = re.compile(
    rf"^\W{{0,2}}(?:{_PRODUCTS})(?: [\w.-]{{1,20}}){{0,2}}\W{{0,2}}$|(?: \(| in | via | - )(?:{_PRODUCTS})\)?$",
    re.IGNORECASE,
)
_TICKET = re.compile(r"\[(?:ticket|case|request|incident)? ?#[\w-]{4,30}\]", re.IGNORECASE)
_PROGRAM_TAG = re.compile(rf"\[(?:{_PRODUCTS})(?:[ ,:#][^\]]{{0,40}})?\]", re.IGNORECASE)
# Local parts of services and devices; people write from info@ and office@ too, so it is one sign among others.
_ROLE_ENDS = re.compile(r"[\d._+-]")
_ROLES = frozenset(
    phrases_of("""
    hello/hi/info/mail/email/support/service/services/help/helpdesk/team/billing/invoices/invoice/rechnung
    account/accounts/konto/security/sicherheit/alert/alarm/alarme/alarms/alerting/notify/updates/update/legal
    privacy/news/newsletter/payments/payment/pay/checkin/booking/bookings/reservation/reservations/reservierung
    order/orders/bestellung/shop/store/sales/ordre/butik/winkel/klantenservice/boutique/tienda/negozio/sklep/magazin
    kauppa/asiakaspalvelu/kundtjanst/kundeservice/obchod
    eshop/backup/contact/kontakt/contacto/contatto/kundenservice/kunden
    kundendienst/client/clients/clientes/clienti/customer/customers/customerservice/portal/wiki/forum/cloud
    moodle/git/hrportal/system/monitoring/monitor/ops/sicherung/raid/usv/ups/firewall/router/switch/nas/server
    srv/printer/drucker/mfp/scanner/telefon/telephony/pbx/voip/events/jobs/career/welcome/feedback/survey
    umfrage/track/tracking/paket/post/messages/message/invitations/invite/share/sign/meetings/domains/expiry
    hosting/webmaster/web/website/www/admin/administrator/root/reports/report/member/members/mitglieder/hola
    ola/ciao/bonjour/app/bot
    """)
)
_UNREAD = re.compile(
    r"(?:this|dieses?|cette|esta|este|quest[ao]|deze|dit|denne|den här|ez a|ta|to) (?:[\w-]{1,20} ){0,2}(?:mailbox"
    r"|inbox|address|account|postfach|e-?mail-?adresse|mailadresse|adresse|boîte(?: mail)?|adresse (?:e-?mail|mail)"
    r"|dirección|buzón|cuenta|caixa(?: de (?:correio|e-?mail))?|endereço|casella|indirizzo|postvak|mailadres"
    r"|e-?mailadres|postkasse|e-?postadress|mailadressen|skrzynka|adres)\b[^.!?\n]{0,40}?\b(?:(?:is|will"
    r"|has been) (?:no longer|not|un|dis)\w{0,12} ?(?:be )?(?:monitored|read|checked|in use|used|active|attended"
    r"|continued)?|(?:wird|ist) (?:leider )?(?:nicht|nicht mehr|nicht länger|nicht regelmäßig) (?:mehr )?(?:gelesen"
    r"|überwacht|genutzt|aktiv|verwendet|abgerufen|betreut|in gebrauch|gültig)|n['’]est (?:pas|plus) (?:consultée"
    r"|surveillée|lue|utilisée|active|valide|relevée)|(?:ya )?no (?:se|está) (?:lee|monitoriza|supervisa|consulta"
    r"|activ[ao]|operativ[ao]|atendid[ao])|(?:já )?não (?:é|está) (?:monitorad|lid|ativ|consultad|utilizad)\w"
    r"|non è (?:più )?(?:presidiat|monitorat|attiv|lett|in uso)\w{0,2}|(?:wordt|is) niet (?:meer )?(?:gelezen"
    r"|gecontroleerd|in gebruik|actief|bekeken)|(?:overvåges|læses|leses|bevakas|läses|används) (?:ikke"
    r"|inte)(?: længere| lenger| längre)?|nie jest (?:już )?(?:monitorowan|obsługiwan|używan|aktywn|czytan)\w)",
    re.IGNORECASE,
)
_SENDS_ON = re.compile(
    r"(?:please|bitte|merci de|veuillez|por favor|per favore|gelieve|prosimy|vänligen|venligst)|contact|wenden sie"
    r"|https?://|\S@\S|\d{5}|kontakt",
    re.IGNORECASE,
)
# "Your mail is held until you show that you are a person": two of these make one.
_CHALLENGES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?:message|e-?mail) (?:that )?you (?:sent|just sent) requires|(?:your|the) (?:e-?mail|message"
        r"|mail)\b[^.!?]{0,80}?(?:waitlisted|(?:is|was|has been) (?:being )?(?:held|quarantined|delayed|pending"
        r"|blocked|not (?:yet )?(?:been )?delivered)|(?:to have|have|get|before) [^.!?]{0,20}?delivered)"
        r"|have your (?:message|e-?mail|mail) delivered|ihre (?:nachricht|e-?mail"
        r"|mail)\b[^.!?]{0,60}?(?:zurückgehalten|noch nicht zugestellt)|votre (?:message|e-?mail"
        r"|mail)\b[^.!?]{0,60}?(?:en attente|bloqué|retenu)|su (?:mensaje|correo)\b[^.!?]{0,60}?(?:retenido"
        r"|en espera)|il (?:suo|tuo) messaggio\b[^.!?]{0,60}?trattenuto",
        r"human being|(?:verify|confirm|prove|show)\w{0,3} [^.!?]{0,40}?(?:you are|you're|yourself|that you"
        r"|your (?:message|identity|address))|not a (?:robot|spammer|machine|bot)"
        r"|bestätigen sie[^.!?]{0,40}?(?:absender|person|mensch)|confirme[rz]?[^.!?]{0,40}?(?:expéditeur|robot"
        r"|humain)|click (?:on )?the (?:link )?below",
        r"spam source|spam[- ]?(?:filter|protection|block|arrest|schutz)|anti-?spam|guest ?list|whitelist"
        r"|approved senders?|known senders|unknown senders?|only (?:have|need) to do (?:this|it) once|challenge[ "
        r"/-]response|only once|einmalig",
    )
)


# Outlook and Google, before the subject of the invitation that is answered.
_CALENDAR_ANSWER = re.compile(
    r"(?:accepted|declined|tentative(?:ly accepted)?|zugesagt|abgesagt|abgelehnt|mit vorbehalt|mit vorbehalt zugesagt"
    r"|angenommen|accepté\w{0,2}|refusé\w{0,2}|provisoire|aceptad[ao]|aceptada|rechazad[ao]|provisional|aceito|aceite"
    r"|recusad[ao]|provisório|accettat[ao]|rifiutat[ao]|provvisori[ao]|geaccepteerd|geweigerd|voorlopig|accepteret"
    r"|afvist|foreløbig|akseptert|avslått|accepterat|avböjt|preliminärt|hyväksytty|hylätty|alustava|zaakceptowano"
    r"|odrzucono|wstępnie|přijato|odmítnuto|prijaté|odmietnuté|принято|отклонено|под вопросом|прийнято|відхилено"
    r"|elfogadva|elutasítva|acceptat|refuzat|kabul edildi|reddedildi|承諾|辞退|仮承諾|已接受|已拒绝|已謝絕|수락"
    r"|거절)\s?[:：]",
    re.IGNORECASE,
)


def is_calendar_answer(subject: str) -> bool:
    """Whether a subject is that of an answer to an invitation: "Accepted: Network maintenance"."""
    return _CALENDAR_ANSWER.match(subject) is not None


def is_challenge(words: str) -> bool:
    """Whether a text holds a mail back until its sender shows that they are a person, as challenge-response filters"
    " do."""
    told = " ".join(words[:CHARACTERS].split())
    return ("://" in told or "reply" in told.lower()) and sum(bool(one.search(told)) for one in _CHALLENGES) > 2


def is_unread_mailbox(words: str) -> bool:
    """Whether a text says nothing but that the mailbox from which it comes is not read, and where to turn to"
    " instead."""
    told = " ".join(words[:CHARACTERS].split())
    found = _UNREAD.search(told) if len(told) < 800 else None
    return found is not None and not speaks_of_oneself(told) and _SENDS_ON.search(told, found.end()) is not None


def notice_signs(
    subject: str, words: str, sender: Address, *, signature: str = "", has_quoted: bool = False
) -> tuple[str, ...]:
    """What shows that a mail is a program's notice, as sentences; () if it is none or if a person speaks.

    `words` are the sender's own, without history (`has_quoted`) and without what they forward; `signature` stood
    below them. Where there is history somebody answers, so that only the form of the subject tells a tracker.
    """
    if _is_passed_on(words, signature):
        return ("It has the foot of a tracker or a forum, which passes on what people write there.",)
    is_certain = _CERTAIN_SUBJECT.match(subject) is not None
    if (has_quoted and not is_certain) or speaks_as_person(subject, words):
        return ()
    if is_certain:
        return ("The subject has a form that only programs give it.",)
    told = f"{subject}\n{without_citations(looked_at(words))}"
    if _CERTAIN.search(told):
        return ("It has a sentence that only programs write.",)
    return () if signs_as(sender.name, words, signature) else _counted(subject, words, told, sender, signature)


def _counted(subject: str, words: str, told: str, sender: Address, signature: str) -> tuple[str, ...]:
    """The signs of a monitor's sheet or of a service, if they are enough."""
    has_status = _STATUS.search(subject) is not None
    if _is_sheet(words, has_status=has_status):
        return ("It lists what monitors, devices and build servers report.",)
    signs = signs_of_services(told)
    if subject.rstrip().endswith(("?", "？")) and SURVEY not in signs:
        return ()
    others = {
        "The subject says how a machine or a job fares.": 2 * has_status,
        "The sender is called after what it does.": _ROLE_ENDS.split(sender.local_part.lower(), 1)[0] in _ROLES,
        "It is an answer.": -2 * (bare(subject) != subject.strip()),
        "Somebody signed it.": -2 * is_signed_by_somebody(signature),
        "The subject begins with the number of a ticket, and it is no answer.": 2
        * (_TICKET.match(subject) is not None),
        "The sender is root.": sender.local_part.lower() == "root",
        "The subject begins with the name of a program.": _PROGRAM_TAG.match(subject) is not None,
        "The sender has the name of a program.": 2 * (_PROGRAM_NAME.search(sender.name) is not None),
    }
    signs |= {sentence: count for sentence, count in others.items() if count}
    if sum(signs.values()) < ENOUGH:
        return ()
    return tuple(sentence for sentence, count in signs.items() if count > 0)


_PASSED_ON = re.compile(
    r"(?:reply|respond) to this e-?mail (?:directly|to respond)|view it on git"
    r"|to unsubscribe from these e-?mails, click|you(?:['’]re"
    r"| are) receiving this (?:e-?mail )?because (?:of your (?:account|membership)|you (?:are|were|have been|authored"
    r"|commented|modified|have) (?:subscribed to this|mentioned|assigned|watching|involved|participat|the (?:author"
    r"|assignee)))|you have received this (?:message|notification|e-?mail) because you (?:are|have)"
    r"|manage (?:all )?notifications: http|(?:stop watching|unwatch) (?:page|this|space)"
    r"|sie erhalten diese (?:nachricht|e-?mail), (?:weil|da) sie (?:das|dieses|den|die) [^.\n]{0,60}?(?:beobachten"
    r"|abonniert|verfolgen)",
    re.IGNORECASE,
)
_FOOT = 700


def _is_passed_on(words: str, signature: str) -> bool:
    """Whether at the end stands why this was sent, with a link: then "I" is somebody who wrote elsewhere."""
    foot = f"{words[-_FOOT:]}\n{signature[:_FOOT]}"
    return (
        "://" in foot and _PASSED_ON.search(without_citations(foot)) is not None and "google groups" not in foot.lower()
    )


def _is_sheet(words: str, *, has_status: bool) -> bool:
    """Whether a text is a sheet of values: with a monitor's labels, or below a status with hardly anything else."""
    labels = _labels(words)
    if len(labels) >= _SHEET and (has_status or len(labels - _OF_ANYBODY) >= _SHEET - 1):
        return True
    lines = [line for line in looked_at(words).splitlines() if line.strip()]
    labelled = sum(_LABELLED.match(line) is not None for line in lines)
    if len(labels) >= _SHEET and labels - _OF_ANYBODY and labelled == len(lines):
        return True
    return has_status and bool(labels - _OF_ANYBODY) and labelled >= max(_SHEET, len(lines) * _SHARE)


def _labels(words: str) -> set[str]:
    found = (match[1].strip().lower() for match in _LABELLED.finditer(looked_at(words)))
    return {label for label in found if label in _LABELS}
