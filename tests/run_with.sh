# sh run_with.sh PROGRAM [FOLDER]: runs PROGRAM on FOLDER; 77, ctest's "skipped", when FOLDER is not there.
if [ "$2" ] && [ ! -d "$2" ]; then
  echo "skipped: there is no $2"
  exit 77
fi
exec "$@"
