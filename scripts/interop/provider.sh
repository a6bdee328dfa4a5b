# The provider by its clients: each is asked the same lists of a served sample journal, with records that were
# withdrawn and changed in between; what each counts must be what a plain reader of the pages counts.
. scripts/interop/lib.sh

clients=$PWD/scripts/interop/provider
need python3-venv python3 -c 'import ensurepip'
need libhttp-oai-perl perl -MHTTP::OAI -e 1
need libcatmandu-oai-perl perl -MCatmandu::Importer::OAI -e 1
need ruby ruby -e 1

python() { # VENV PACKAGES… : an environment with these from PyPI
    venv=$TOOLS/interop-$1
    shift
    [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
    "$venv/bin/pip" --quiet --disable-pip-version-check install "$@" >&2
}
python sickle 'sickle==0.7.0' oaipmh-scythe
# pyoai 2.5 wants an lxml whose parser still takes text with a declaration.
python pyoai 'lxml==4.9.4' 'pyoai==2.5.0'
gems=$TOOLS/interop-gems
[ -d "$gems/gems" ] || gem install --quiet --no-document --install-dir "$gems" oai >"$WORK/gem" 2>&1 || rm -rf "$gems"

serve_demo --page-size 50
url=$(cat "$WORK/url")
sleep 3 # the second in which the articles were derived has to be over

python3 "$clients/plain.py" "$url" questions >"$WORK/questions"
python3 "$clients/plain.py" "$url" <"$WORK/questions" >"$WORK/expected"
grep -q . "$WORK/expected" || fail "there are no lists"
agreed=
ask() { # NAME COMMAND… : counts by a client
    name=$1
    shift
    "$@" <"$WORK/questions" >"$WORK/$name" 2>"$WORK/$name.log" || { tail -5 "$WORK/$name.log"; fail "$name failed"; }
    diff "$WORK/expected" "$WORK/$name" >&2 || fail "$name counts otherwise"
    agreed="$agreed $name"
}
ask sickle "$TOOLS/interop-sickle/bin/python" "$clients/sickle_client.py" "$url"
ask oaipmh-scythe "$TOOLS/interop-sickle/bin/python" "$clients/scythe_client.py" "$url"
ask pyoai "$TOOLS/interop-pyoai/bin/python" "$clients/pyoai_client.py" "$url"
ask HTTP::OAI perl "$clients/http_oai.pl" "$url"
ask Catmandu::OAI perl "$clients/catmandu_oai.pl" "$url"
# Where rubygems.org cannot be reached, it is left out, and the line says so.
if [ -d "$gems/gems" ]; then
    ask ruby-oai env GEM_PATH="$gems" ruby "$clients/ruby_oai.rb" "$url"
else
    agreed="$agreed (without ruby-oai: rubygems.org is out of reach)"
fi
ask offprint python3 "$clients/offprint_client.py" "$url" "$OFFPRINT" "$WORK"
echo "$(wc -l <"$WORK/questions") lists alike by$agreed"
