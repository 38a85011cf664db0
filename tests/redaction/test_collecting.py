"""What may be a name becomes one, whatever its letters, blanks and surroundings, and ordinary words do not."""

from __future__ import annotations

from unicodedata import normalize

import pytest

from nbtrace.redaction import others_for
from nbtrace.redaction.names import Learner
from nbtrace.redaction.replacing import Replacer


@pytest.fixture
def redacted(library):
    """Return what gives the copy of a text in small letters."""

    def run(text):
        learner = Learner(library)
        learner.read(text.encode(), "x.log")
        learner.settle()
        learner.read_again(text.encode(), "x.log")
        learner.finish()
        replacer = Replacer(others_for(learner, "key"), (), learner.spellings)
        return b"".join(replacer.stream([text.encode()])).decode().lower()

    return run


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("SERVER = frodo\nEMMSERVER = merry\nREQUIRED_INTERFACE = legolas\nCLUSTER_NAME = rohan", "frodo merry legolas rohan"),
        ("cannot resolve Bilbo.shire.middle-earth.net\nretry with bilbo now", "bilbo shire middle-earth"),
        ("no route to thranduil.mirkwood.acmeco:13724", "thranduil mirkwood acmeco"),
        ("on media server helm: write; storage server deep, done", "helm deep"),
        ("hostname is haldir, serverName: glorfindel", "haldir glorfindel"),
        ('{"clientName": "celeborn", "hostName":"cirdan", \\"userName\\": \\"ecthelion\\"}', "celeborn cirdan ecthelion"),
        ('<client>beorn</client><host name="radagast"/>', "beorn radagast"),
        ("10.9.8.7   amroth amroth.dol.zz mithrellas # pony", "10.9.8.7 amroth dol.zz mithrellas"),
        ("CLASS Mithril *NULL* 0 850100 0\nHW/OS/Client:  Linux  RedHat2.6  bombur", "mithril bombur"),
        ("volume vol_Erebor of lun dale7, using stu minas", "erebor dale7 minas"),
        ("/home/alice/x C:\\Users\\Gandalf Grey\\x /Users/boromir C:\\\\Users\\\\eowyn\\\\x", "alice gandalf grey boromir eowyn"),
        ("from MORDOR\\sauron; shire\\\\sam and MORDOR\\svc-ring$", "mordor sauron shire sam svc-ring"),
        ("path \\\\isengard\\orcs$\\dir and //moria2/deeps/x", "isengard orcs moria2 deeps"),
        ("CN=Bard Bowman,OU=Esgaroth,O=Laketown,DC=dale,DC=north", "bard bowman esgaroth laketown dale north"),
        ("su - thorin; uid=1001(kili) gid=100(fili)", "thorin kili fili"),
        ("https://bombur:8443/x ftp://gimli:Secret9@bofur/y password=hunter2,", "bombur gimli secret9 bofur hunter2"),
        ("[2001:db8:85a3::8a2e:370:7334]:1556 2001:db8:: fe80::1ff:fe23:4567:890a%eth0", "2001:db8 8a2e 1ff:fe23"),
        ("0050.56ab.cd12 00-50-56-AB-CD-13", "56ab.cd12 56-ab-cd"),
        ("sid S-1-5-21-3623811015-3361044348-30300820-1013", "3623811015 30300820"),
        ("vm 4211aaaa-bbbb-cccc-dddd-eeeeffff0001", "4211aaaa eeeeffff0001"),
        ("policy 'Nightly Payroll Run', SLP \"Archive Zurich 7y\"", "payroll zurich"),
        ("DiskPool=Pool Of Dale;DiskVolume=x9;", "of dale"),
        ("Storage Lifecycle Policy : Long Name Bree\nPolicy Name:      Prancing Pony", "bree prancing pony"),
        ("Image id Büro - Server 25_1795221574 is done; image win srv 3_1795221575,", "büro|server 25|win srv"),
        ('backupid="Büro - Server 26_1795221574" of Büro - Server 27', "büro|server 26"),
        ("policy Müller-Täglich for client größe-srv3, MÜLLER-Täglich", "müller täglich größe"),
        ("client=мосва policy=Ежедневно slp=золото-9 -cl Täglich", "мосва ежедневно золото täglich"),
        ("client 東京サーバ policy 毎日", "東京 毎日"),
        ("client=İstanbulẞ9", "stanbul"),
        ("bptm -ru elrond -rclnt arwen -rclnthostname erestor -S lindon -storagesrvr havens", "elrond arwen erestor lindon havens"),
        ("bptm -dplabel dp_harad -sched Yule7 -cl Umbar sched=Harvest_Feast", "harad yule umbar harvest"),
        ("DiskGroupName=dg_bree dest_ss=frornost src_ss=annuminas dg=weathertop dv=archet", "bree frornost annuminas weathertop archet"),
        ("owner: celeb; group: dunedain", "celeb dunedain"),
        (r"read /db/images/galadhrim/1795000000/x of C:\NetBackup\DB\Images\haldirz\y", "galadhrim haldirz"),
        (r"read /db/class/Wallis/info and netbackup\db\class\Uri_Daily\clients", "wallis uri_daily"),
        ("imo_name=rumil_1795100000_C1_F1:1795100000:Kunde Lothlo:4:1:rumil", "rumil kunde lothlo"),
        ("clients: ithil, anor, rhun; hosts = umbarx,haradx", "ithil anor rhun umbarx haradx"),
        ('policies: "dorwinion", "iron"', "dorwinion"),
        ("getaddrinfo(gamling) failed; Remote host for VxSS: theodred, done", "gamling theodred"),
        ("powering on via vCenter grima; open server PureDisk:hama, and DataDomain:eothain", "grima hama eothain"),
        ("<host>erkenbrand</host><nbu:serverName id='3'> elfhelm</nbu:serverName><user>widfara</user>", "erkenbrand elfhelm widfara"),
        ("deorwine resolved to 10.3.3.3; alias guthlaf2", "deorwine guthlaf2"),
        ("dunhere is not a valid media server of fastred", "dunhere fastred"),
        ("spn HOST/harding; principal HTTP/herubrand", "harding herubrand"),
        (r"CN=Muster\, Bilbo,OU=Shire", "muster bilbo shire"),
        ("login of user jörg failed", "jörg"),
        (r"D:\Profile\mkeller\NTUSER.DAT", "mkeller"),
        ('for VM "SAP PRD 01" now', "sap prd|prd 01"),
        ("bpbkar -clnt baldor9 -class Brego -sched Brytta; schedule walda_2, SCHED folca5", "baldor9 brego brytta walda_2 folca5"),
        ("                Name: Folcwine30\n Data Classification: Fengel9\n  Schedule:     Thengelday", "folcwine fengel thengel"),
        ("Label:     stuEomund\nHost Connection:   theodwyn", "eomund theodwyn"),
        ('stu_hild 6 frealaf7 0 -1 -1 1 0 "*NULL*" 1 1 51200 *NULL* 2 6 0 0 0 0 dp_leofa helm8 0', "hild frealaf leofa helm8"),
        ("V_5 dp_ceorl 1 74.33 74.33 1 98 80 -1 gamling7\nV_5_ dp PureDisk vol_dunhild @aaaab 74.33", "ceorl gamling dunhild"),
        ("fe80::1%eth0 hasufel\n#10.44.17.99 arod\n# 10.44.17.98 snowmane windfola", "hasufel arod snowmane windfola"),
        ("AUTHORIZATION_SERVICE = felarof 0\nCONNECT_OPTIONS = beornia 0 1 2", "felarof beornia"),
        ('AUTHENTICATION_DOMAIN = ESGAR "all" WINDOWS brokerz 0', "esgar brokerz"),
        (r"logon server \\GRIPX COMPUTERNAME=FANGX, Host Name . . . . : wolfx", "gripx fangx wolfx"),
        ("subject DNS:a1.zentral.acme, DNS:sanshort; nfs mount nas7-x:/vol/a; NBUStuName=stumirk class_name=Clsmirk", "zentral sanshort nas7-x stumirk clsmirk"),
        ('snapshot of vm "SAP Pelargir" failed', "pelargir"),
        ("display name = 'Beregond (DB) 01' datastore=ds_edoras vcenter=dunharrow", "beregond edoras dunharrow"),
    ],
)  # fmt: skip
def test_nothing_is_left(redacted, text, private):
    """However a name is written and whatever stands around it, it is gone from the copy."""
    copy = redacted(text)
    assert [name for name in private.split("|" if "|" in private else None) if name in copy] == []
    assert len(copy.encode()) == len(text.lower().encode())


def test_what_others_tell(redacted):
    """A host behind words that no rule knows is found where its domain or one with another number is known."""
    text = "copying web17 and db7.corp.acmeco now\nclient=web05.corp.acmeco"
    assert not any(name in redacted(text) for name in ("web17", "db7", "web05", "acmeco"))
    assert "file17" in redacted("client=file_x file17 here")


def test_a_count_is_no_row_of_hosts(library):
    """Where very many words differ in their number only, they are no hosts, also if one is called like them."""
    learner = Learner(library)
    learner.read(b"client=slot5 client=gimli5", "x.log")
    learner.settle()
    learner.read_again(b" ".join(b"slot%d" % number for number in range(2000)) + b" gimli6", "x.log")
    learner.finish()
    assert set(learner.names) == {"slot5", "gimli5", "gimli6"}


@pytest.mark.parametrize(
    "text",
    [
        "client 'could not be opened', policy \"is not active\"",
        "image import job 7_1795221575 and image web5 0 0 16 web5_1795221575",
        "bptm -jobid 815 -c web5 -b web5_1795221575",
        "run of read-only, in-progress on non-zero",
        r"logs\bpdm\x.log in C:\Program Files\Veritas\NetBackup\bin\bpdm.exe by NT AUTHORITY\SYSTEM",
        "00000000-0000-0000-0000-000000000000 at 1234.5678.9012",
        "policy inserted, client imported, policy rejects",
        "clients: none, all; hosts: waiting, failed, done and servers: 3, 4",
        'getaddrinfo(host) failed; VM is off, VM "is not active"; via vCenter failed',
        "address resolved to 10 hosts, path is not a server of the domain, HOST/CLIENT",
        "group: all; <host>unknown</host>; server PureDisk: error; user is unknown, -sched full",
        "/usr/openv/netbackup/db/images/ and /db/class/ are empty",
        "bpdm.c:1234: open root.112026_00001.log.gz",
    ],
)
def test_words_are_no_names(library, text):
    """Parts of sentences, rows and command lines, words that rules look for, paths and files are not learnt."""
    learner = Learner(library)
    learner.read(text.encode(), "x.log")
    learner.settle()
    learner.read_again(text.encode(), "x.log")
    learner.finish()
    assert set(learner.names) - {"web5"} == set()


def test_a_name_with_blanks_of_ordinary_words_is_told(library):
    """It stays like a single word, and is told."""
    learner = Learner(library)
    learner.read(b"policy 'Full Backup'", "x.log")
    assert (learner.names, list(learner.kept)) == ({}, ["full backup"])


@pytest.mark.parametrize(("said", "again"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_composed_and_decomposed_letters_are_one_name(redacted, said, again):
    """A letter with marks is the same as one character and as several, in whichever form it was learnt."""
    forms = [normalize(said, "client=Z\u00fcrich-gr\u00f6\u00dfe"), normalize(again, "now Z\u00fcrich-Gr\u00f6\u00dfe")]
    copy = redacted("\n".join(forms))
    assert not any(part in copy for part in ("rich", "gr", "\u00fc", "\u0308"))
    assert len(copy.encode()) == len("\n".join(forms).encode())
